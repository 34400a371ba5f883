// summary: Which policies, zones and platforms carry out which policy or initiative?
// summary zh: 哪些政策、功能区、平台落实了哪项政策或战略？
// param policy (Policy|Initiative): the policy or initiative carried out; every one when left out
// columns: implementer, class, carried_out, modality, origin, doc, start, end, quote
// example: policy=京津冀协同发展战略
MATCH (s:Resource)-[f:IMPLEMENTS]->(o:Resource)
// given policy: WHERE o.uri = $policy
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS implementer, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS carried_out,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY implementer, class, carried_out, doc, start, end, quote, modality, origin

// summary: Who issued, published or launched which policy or initiative?
// summary zh: 哪些机构发布了哪些政策或战略？
// param issuer (Organization|Region|Event|Person): who issued it; anybody when left out
// param policy (Policy|Initiative): which one; any when left out
// columns: policy, issuer, issuer_class, modality, origin, doc, start, end, quote
// example: issuer=北京市
MATCH (s:Resource)-[f:ISSUED_BY]->(o:Resource)
WHERE (s:Policy OR s:Initiative)
// given issuer: AND o.uri = $issuer
// given policy: AND s.uri = $policy
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS policy, o.name AS issuer, head([label IN labels(o) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS issuer_class,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY policy, issuer, issuer_class, doc, start, end, quote, modality, origin

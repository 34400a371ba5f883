// summary: Which organizations work in an industry or technology?
// summary zh: 哪些企业、院所和机构从事某一领域？
// param topic (Topic): the industry or technology; every one when left out
// columns: organization, class, topic, modality, origin, doc, start, end, quote
// example: topic=人工智能
MATCH (s:Resource:Organization)-[f:SPECIALIZES_IN]->(o:Resource)
// given topic: WHERE o.uri = $topic
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS organization, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS topic,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY organization, class, topic, doc, start, end, quote, modality, origin

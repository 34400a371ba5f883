// summary: Which places, organizations and platforms work in an industry or technology?
// summary zh: 哪些地区、机构、平台从事某一领域？
// param topic (Topic): the industry or technology; every one when left out
// columns: actor, class, topic, modality, origin, doc, start, end, quote
// example: topic=人工智能
MATCH (s:Resource)-[f:SPECIALIZES_IN]->(o:Resource)
// given topic: WHERE o.uri = $topic
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS actor, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS topic,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY actor, class, topic, doc, start, end, quote, modality, origin

// summary: In which industries and technologies does a place work or is strong?
// summary zh: 一个地区、功能区、集群或设施专长于哪些领域？
// param place (Region|Zone|Cluster|Facility): the place; every place when left out
// columns: place, class, topic, modality, origin, doc, start, end, quote
// example: place=北京
MATCH (s:Resource)-[f:SPECIALIZES_IN]->(o:Resource)
// given place: WHERE s.uri = $place
WITH s, f, o WHERE s:Region OR s:Zone OR s:Cluster OR s:Facility
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS place, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS topic,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY place, class, topic, doc, start, end, quote, modality, origin

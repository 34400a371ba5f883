// summary: Which policies and initiatives apply to which place?
// summary zh: 哪些政策和战略适用于哪个地区？
// param region (Region|Zone): the place; every place when left out
// columns: policy, class, place, modality, origin, doc, start, end, quote
// example: region=北京
MATCH (s:Resource)-[f:APPLIES_TO]->(o:Resource)
// given region: WHERE o.uri = $region
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS policy, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS place,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY policy, class, place, doc, start, end, quote, modality, origin

// summary: Which role does each region, zone or cluster take in the division of labour?
// summary zh: 各地区、功能区、集群在分工中承担什么职能？
// param region (Region|Zone|Cluster): the place; every place when left out
// columns: region, role, modality, origin, doc, start, end, quote
// example: region=北京
MATCH (s:Resource)-[f:PLAYS_ROLE]->(o:Resource)
// given region: WHERE s.uri = $region
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS region, o.name AS role,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY region, role, doc, start, end, quote, modality, origin

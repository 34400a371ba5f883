// summary: Which zones, clusters and facilities lie in a region or in the regions within it?
// summary zh: 一个地区(含其下辖地区)有哪些功能区、集群和基础设施?
// param region (Region|Zone): the region; every region when left out
// param limit (count): how many rows at most; 1000 when left out
// columns: zone, class, place, modality, origin, doc, start, end, quote, source
// example: region=北京
MATCH (s:Resource)-[f:LOCATED_IN|PART_OF]->(o:Resource)  // given region: MATCH (o:Resource)-[:PART_OF*0..6 {asserted: true}]->(:Resource {uri: $region})
// given region: WITH DISTINCT o MATCH (s:Resource)-[f:LOCATED_IN|PART_OF]->(o)
WITH s, f, o WHERE (s:Zone OR s:Cluster OR s:Facility) AND (f.evidence IS NOT NULL OR f.source IS NOT NULL)
WITH DISTINCT s, o, CASE WHEN s:Zone THEN 'Zone' WHEN s:Cluster THEN 'Cluster' ELSE 'Facility' END AS class
ORDER BY s.name, class, o.name
LIMIT 1000  // given limit: LIMIT $limit
MATCH (s)-[f:LOCATED_IN|PART_OF]->(o)
UNWIND coalesce(f.evidence, []) + CASE WHEN f.source IS NULL THEN [] ELSE [null] END AS evidence_uri
OPTIONAL MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS zone, class AS class, o.name AS place,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote, CASE WHEN evidence_uri IS NULL THEN f.source END AS source
ORDER BY zone, class, place, doc IS NOT NULL, doc, start IS NOT NULL, start, end IS NOT NULL, end, quote IS NOT NULL, quote, modality IS NOT NULL, modality, origin, source IS NOT NULL, source
LIMIT 1000  // given limit: LIMIT $limit

// summary: Which zones, clusters and facilities lie in a region or in the regions within it?
// summary zh: 一个地区（含其下辖地区）有哪些功能区、集群和基础设施？
// param region (Region|Zone): the region; every region when left out
// param limit (count): how many rows at most; 500 when left out
// columns: zone, class, place, modality, origin, doc, start, end, quote, source
// example: region=北京
// given region: MATCH (o:Resource)-[:PART_OF*0..6 {asserted: true}]->(:Resource {uri: $region})
// given region: WITH collect(DISTINCT o) AS places
// In a small place it is looked up what lies there; a big one, whose answer will be cut, has most of them anyway.
// given region: CALL (places) { UNWIND CASE WHEN size(places) < 100 THEN places ELSE [] END AS o MATCH (s)-[:LOCATED_IN|PART_OF]->(o) RETURN collect(DISTINCT s) AS sites }
MATCH (s:Resource)
WHERE s.siteName IS NOT NULL
// given region: AND (size(places) >= 100 OR s IN sites)
WITH *, s.siteName AS zone
ORDER BY zone
MATCH (s)-[f:LOCATED_IN|PART_OF]->(o)
// given region: WHERE o IN places
UNWIND coalesce(f.evidence, []) + CASE WHEN f.source IS NULL THEN [] ELSE [null] END AS evidence_uri
OPTIONAL MATCH (e:Resource {uri: evidence_uri})
RETURN zone AS zone, s.entityClass AS class, o.name AS place,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote, CASE WHEN evidence_uri IS NULL THEN f.source END AS source
ORDER BY zone, class, place, doc IS NOT NULL, doc, start IS NOT NULL, start, end IS NOT NULL, end, quote IS NOT NULL, quote, modality IS NOT NULL, modality, origin, source IS NOT NULL, source
LIMIT 500  // given limit: LIMIT $limit

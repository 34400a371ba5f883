// summary: Which organizations and platforms are in a zone or region?
// summary zh: 一个功能区或地区里有哪些企业、机构和平台？
// param zone (Zone|Region): the zone or region; every one when left out
// columns: actor, class, zone, modality, origin, doc, start, end, quote, source
// example: zone=经开区
MATCH (s:Resource)-[f:LOCATED_IN]->(o:Resource)
// given zone: WHERE o.uri = $zone
WITH s, f, o WHERE s:Organization OR s:Platform
UNWIND coalesce(f.evidence, []) + CASE WHEN f.source IS NULL THEN [] ELSE [null] END AS evidence_uri
OPTIONAL MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS actor, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS zone,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote, CASE WHEN evidence_uri IS NULL THEN f.source END AS source
ORDER BY actor, class, zone, doc IS NOT NULL, doc, start IS NOT NULL, start, end IS NOT NULL, end, quote IS NOT NULL, quote, modality IS NOT NULL, modality, origin, source IS NOT NULL, source

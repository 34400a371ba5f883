// summary: What is part of what: regions of a region, zones of a zone, members of a body?
// summary zh: 什么包括什么：地区、功能区、集群、机构、政策的组成部分？
// param whole (Region|Zone|Cluster|Organization|Policy): the whole; every one when left out
// columns: part, class, whole, modality, origin, doc, start, end, quote, source
// example: whole=京津冀
MATCH (s:Resource)-[f:PART_OF]->(o:Resource)
// given whole: WHERE o.uri = $whole
UNWIND coalesce(f.evidence, []) + CASE WHEN f.source IS NULL THEN [] ELSE [null] END AS evidence_uri
OPTIONAL MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS part, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.name AS whole,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote, CASE WHEN evidence_uri IS NULL THEN f.source END AS source
ORDER BY part, class, whole, doc IS NOT NULL, doc, start IS NOT NULL, start, end IS NOT NULL, end, quote IS NOT NULL, quote, modality IS NOT NULL, modality, origin, source IS NOT NULL, source

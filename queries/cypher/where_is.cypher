// summary: Where is a thing, and what is it part of?
// summary zh: 某一事物在哪里，属于哪里？
// param thing (Zone|Facility|Cluster|Organization|Platform|Event|Region, required): the thing
// columns: thing, class, relation, place, place_class, modality, origin, doc, start, end, quote, source
// example: thing=怀柔科学城
MATCH (s:Resource)-[f:LOCATED_IN|PART_OF]->(o:Resource)
// given thing: WHERE s.uri = $thing
UNWIND coalesce(f.evidence, []) + CASE WHEN f.source IS NULL THEN [] ELSE [null] END AS evidence_uri
OPTIONAL MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS thing, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class,
  CASE type(f) WHEN 'PART_OF' THEN 'partOf' ELSE 'locatedIn' END AS relation,
  o.name AS place, head([label IN labels(o) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS place_class,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote, CASE WHEN evidence_uri IS NULL THEN f.source END AS source
ORDER BY thing, class, relation, place, place_class, doc IS NOT NULL, doc, start IS NOT NULL, start, end IS NOT NULL, end, quote IS NOT NULL, quote, modality IS NOT NULL, modality, origin, source IS NOT NULL, source

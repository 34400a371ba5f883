// summary: Which infrastructure is there, and where?
// summary zh: 有哪些基础设施，在哪里？
// param region (Region|Zone): where; everywhere when left out
// columns: facility, relation, related, class, modality, origin, doc, start, end, quote, source
// example: region=张家口
MATCH (s:Facility)-[f:LOCATED_IN|PART_OF|DEVELOPS|IMPLEMENTS]-(o:Resource)
WHERE (startNode(f) = s) <> (type(f) = 'DEVELOPS')
WITH s, f, o
// given region: WHERE o.uri = $region
UNWIND coalesce(f.evidence, []) + CASE WHEN f.source IS NULL THEN [] ELSE [null] END AS evidence_uri
OPTIONAL MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS facility, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, o.name AS related, head([label IN labels(o) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote, CASE WHEN evidence_uri IS NULL THEN f.source END AS source
ORDER BY facility, relation, related, class, doc IS NOT NULL, doc, start IS NOT NULL, start, end IS NOT NULL, end, quote IS NOT NULL, quote, modality IS NOT NULL, modality, origin, source IS NOT NULL, source

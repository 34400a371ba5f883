// summary: Which industries and technologies are achieved, planned, proposed or a problem, and for whom?
// summary zh: 哪些产业和技术是已实现、计划、提出或存在问题的？
// param modality (modality): asserted, planned, proposed or problem; all when left out
// param subject (entity): for whom; anybody when left out
// param limit (count): how many rows at most; 500 when left out
// columns: topic, subject, class, relation, modality, origin, doc, start, end, quote
// example: modality=proposed
MATCH (o:Topic)  // given subject: MATCH (:Resource {uri: $subject})-[:ADDRESSES|SPECIALIZES_IN]->(o:Topic)
WITH DISTINCT o ORDER BY o.name
MATCH (s:Resource)-[f:ADDRESSES|SPECIALIZES_IN]->(o)
WHERE size(f.evidence) > 0
// given subject: AND s.uri = $subject
// given modality: AND $modality IN f.modalities
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
WITH s, f, o, e
// given modality: WHERE e.modality = $modality
RETURN o.name AS topic, s.name AS subject, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY topic, subject, class, relation, doc, start, end, quote, modality, origin
LIMIT 500  // given limit: LIMIT $limit

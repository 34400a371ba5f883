// summary: Which facts should a person look at, because the machine is not sure?
// summary zh: 哪些事实的置信度低，需要人工核对？
// param confidence (number): below this; 0.6 when left out
// param limit (count): how many rows at most; 500 when left out
// columns: subject, relation, object, confidence, rule, modality, origin, doc, start, end, quote
// example: confidence=0.7
MATCH (e:Evidence)-[a:ABOUT]->(s:Resource)
WHERE e.confidence < 0.6  // given confidence: WHERE e.confidence < $confidence
WITH e, a, s ORDER BY e.confidence, s.name, a.relation, e.doc, e.start, e.end, e.quote, e.rule, e.modality
LIMIT 500  // given limit: LIMIT $limit
OPTIONAL MATCH (o:Resource {uri: a.object})
RETURN s.name AS subject, a.relation AS relation, coalesce(o.name, o.measure, a.value) AS object,
  e.confidence AS confidence, e.rule AS rule, e.modality AS modality, a.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY confidence, subject, relation, doc, start, end, quote, rule, modality, object, origin
LIMIT 500  // given limit: LIMIT $limit

// summary: Which facts should a person look at, because the machine is not sure?
// summary zh: 哪些事实的置信度低,需要人工核对?
// param confidence (number): below this; 0.6 when left out
// columns: subject, relation, object, confidence, rule, modality, origin, doc, start, end, quote
// example: confidence=0.7
CALL () {
  MATCH (s:Resource)-[f]->(o:Resource) WHERE f.factId IS NOT NULL AND NOT s:Evidence
  UNWIND f.evidence AS evidence_uri
  MATCH (e:Resource {uri: evidence_uri})
  RETURN s.name AS subject, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, coalesce(o.name, o.measure) AS object, f.origin AS origin, e
  UNION ALL
  MATCH (s:Resource)<-[f:ABOUT {relation: 'issuedOn'}]-(e:Evidence)
  RETURN s.name AS subject, 'issuedOn' AS relation, f.value AS object, f.origin AS origin, e
}
WITH subject, relation, object, origin, e
WHERE e.confidence < 0.6  // given confidence: WHERE e.confidence < $confidence
RETURN subject AS subject, relation AS relation, object AS object,
  e.confidence AS confidence, e.rule AS rule, e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY confidence, subject, relation, object, rule, doc, start, end, quote, modality, origin

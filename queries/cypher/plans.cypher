// summary: What is planned or proposed, by or for whom?
// summary zh: 有哪些计划和建议，涉及谁？
// param subject (entity): about whom; anything when left out
// columns: subject, relation, object, modality, origin, doc, start, end, quote
// example: subject=雄安新区
CALL () {
  MATCH (s:Resource)-[f]->(o:Resource) WHERE f.factId IS NOT NULL AND NOT s:Evidence
// given subject: AND s.uri = $subject
  UNWIND f.evidence AS evidence_uri
  MATCH (e:Resource {uri: evidence_uri})
  RETURN s.name AS subject, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, coalesce(o.name, o.measure) AS object, f.origin AS origin, e
  UNION ALL
  MATCH (s:Resource)<-[f:ABOUT {relation: 'issuedOn'}]-(e:Evidence)
// given subject: WHERE s.uri = $subject
  RETURN s.name AS subject, 'issuedOn' AS relation, f.value AS object, f.origin AS origin, e
}
WITH subject, relation, object, origin, e
WHERE e.modality IN ['planned', 'proposed']
RETURN subject AS subject, relation AS relation, object AS object,
  e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY subject, relation, object, doc, start, end, quote, modality, origin

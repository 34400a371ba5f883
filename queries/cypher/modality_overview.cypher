// summary: How much of each relation is asserted, planned, proposed or a problem?
// summary zh: 各类关系中，已实现、计划、提出、问题各有多少？
// columns: relation, modality, facts, evidence, documents
CALL () {
  MATCH (s:Resource)-[f]->(:Resource) WHERE f.factId IS NOT NULL AND NOT s:Evidence
  UNWIND f.evidence AS evidence_uri
  MATCH (e:Resource {uri: evidence_uri})
  RETURN reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, f.factId AS fact, e
  UNION ALL
  MATCH (:Resource)<-[a:ABOUT {relation: 'issuedOn'}]-(e:Evidence)
  RETURN 'issuedOn' AS relation, a.factId AS fact, e
}
RETURN relation AS relation, e.modality AS modality, count(DISTINCT fact) AS facts, count(e) AS evidence, count(DISTINCT e.doc) AS documents
ORDER BY relation, modality, facts, evidence, documents

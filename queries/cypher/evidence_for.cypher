// summary: What is said of a thing, and in which words?
// summary zh: 关于某一事物说了什么，原文是什么？
// param entity (entity, required): the thing
// columns: subject, relation, object, support, confidence, rule, modality, origin, doc, start, end, quote
// example: entity=经开区
CALL () {
  MATCH (s:Resource)-[f]->(o:Resource)  // given entity: MATCH (:Resource {uri: $entity})-[f]-(:Resource) WITH DISTINCT f, startNode(f) AS s, endNode(f) AS o
  WHERE f.factId IS NOT NULL AND NOT s:Evidence
  UNWIND f.evidence AS evidence_uri
  MATCH (e:Resource {uri: evidence_uri})
  RETURN s.name AS subject, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, coalesce(o.name, o.measure) AS object, f.origin AS origin, f.supportCount AS support, e
  UNION ALL
  MATCH (s:Resource)<-[f:ABOUT {relation: 'issuedOn'}]-(e:Evidence)-[:IN_DOCUMENT]->(d:Document)
// given entity: WHERE s.uri = $entity
  WITH s, f.factId AS fact, f.value AS object, f.origin AS origin, collect(e) AS pieces, count(DISTINCT coalesce(d.copyOf, d.path)) AS support
  UNWIND pieces AS e
  RETURN s.name AS subject, 'issuedOn' AS relation, object, origin, support, e
}
WITH subject, relation, object, support, origin, e
RETURN subject AS subject, relation AS relation, object AS object, support AS support,
  e.confidence AS confidence, e.rule AS rule, e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY subject, relation, object, support, confidence, rule, doc, start, end, quote, modality, origin

// summary: What was said of a thing when? By the dates of the documents.
// summary zh: 关于某一事物，各时间的文件说了什么？
// param entity (entity, required): the thing
// columns: date, subject, relation, object, modality, origin, doc, start, end, quote
// example: entity=雄安新区
CALL () {
  MATCH (s:Resource)-[f]->(o:Resource)  // given entity: MATCH (:Resource {uri: $entity})-[f]-(:Resource) WITH DISTINCT f, startNode(f) AS s, endNode(f) AS o
  WHERE f.factId IS NOT NULL AND NOT s:Evidence
  UNWIND f.evidence AS evidence_uri
  MATCH (e:Resource {uri: evidence_uri})
  RETURN s.name AS subject, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, coalesce(o.name, o.measure) AS object, f.origin AS origin, e
  UNION ALL
  MATCH (s:Resource)<-[f:ABOUT {relation: 'issuedOn'}]-(e:Evidence)
// given entity: WHERE s.uri = $entity
  RETURN s.name AS subject, 'issuedOn' AS relation, f.value AS object, f.origin AS origin, e
}
MATCH (e)-[:IN_DOCUMENT]->(d:Document)
WHERE d.date IS NOT NULL
RETURN d.date AS date, subject AS subject, relation AS relation, object AS object,
  e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY date, subject, relation, object, doc, start, end, quote, modality, origin

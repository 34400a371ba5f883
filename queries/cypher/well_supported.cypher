// summary: Which facts do several documents support?
// summary zh: 哪些事实有多份文件支持?
// param documents (number): at least so many documents; 2 when left out
// columns: subject, relation, object, documents, modality, origin, doc, start, end, quote
// example: documents=3
CALL () {
MATCH (s:Resource)-[f]->(o:Resource)
WHERE f.support >= 2  // given documents: WHERE f.support >= $documents
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS subject, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, coalesce(o.name, o.measure) AS object, f.support AS documents,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
UNION ALL
MATCH (s:Resource)<-[f:ABOUT {relation: 'issuedOn'}]-(e:Evidence)
WITH s, f.factId AS fact, f.value AS value, f.origin AS origin, collect(e) AS pieces, count(DISTINCT e.doc) AS documents
WHERE documents >= 2  // given documents: WHERE documents >= $documents
UNWIND pieces AS e
RETURN s.name AS subject, 'issuedOn' AS relation, value AS object, documents AS documents,
  e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
}
RETURN subject AS subject, relation AS relation, object AS object, documents AS documents,
  modality AS modality, origin AS origin, doc AS doc, start AS start, end AS end, quote AS quote
ORDER BY documents DESC, subject, relation, object, doc, start, end, quote, modality, origin

// summary: Which facts do several independent documents support? Copies and reprints of one text count once.
// summary zh: 哪些事实有多份独立文件支持(转载与副本只计一次)?
// param documents (number): at least so many documents; 2 when left out
// columns: subject, relation, object, documents, modality, origin, doc, start, end, quote
// example: documents=3
CALL () {
MATCH (s:Resource)-[f]->(o:Resource)
WHERE f.supportCount >= 2  // given documents: WHERE f.supportCount >= $documents
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS subject, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, coalesce(o.name, o.measure) AS object, f.supportCount AS documents,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
UNION ALL
MATCH (s:Resource)<-[f:ABOUT {relation: 'issuedOn'}]-(e:Evidence)-[:IN_DOCUMENT]->(d:Document)
WITH s, f.factId AS fact, f.value AS value, f.origin AS origin, collect(e) AS pieces, count(DISTINCT coalesce(d.copyOf, d.path)) AS documents
WHERE documents >= 2  // given documents: WHERE documents >= $documents
UNWIND pieces AS e
RETURN s.name AS subject, 'issuedOn' AS relation, value AS object, documents AS documents,
  e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
}
RETURN subject AS subject, relation AS relation, object AS object, documents AS documents,
  modality AS modality, origin AS origin, doc AS doc, start AS start, end AS end, quote AS quote
ORDER BY documents DESC, subject, relation, object, doc, start, end, quote, modality, origin

// summary: Which facts do several independent documents support? Copies and reprints of one text count once.
// summary zh: 哪些事实有多份独立文件支持(转载与副本只计一次)?
// param documents (number): at least so many documents; 2 when left out
// param limit (count): how many rows at most; 1000 when left out
// columns: subject, relation, object, documents, modality, origin, doc, start, end, quote
// example: documents=3
MATCH (e:Evidence)-[a:ABOUT]->(s:Resource)
WHERE a.supportCount >= 2  // given documents: WHERE a.supportCount >= $documents
WITH a.supportCount AS documents, s.name AS subject, a.relation AS relation, collect([a, e]) AS pieces
ORDER BY documents DESC, subject, relation
LIMIT 1000  // given limit: LIMIT $limit
UNWIND pieces AS piece
WITH documents, subject, relation, piece[0] AS a, piece[1] AS e
OPTIONAL MATCH (o:Resource {uri: a.object})
RETURN subject AS subject, relation AS relation, coalesce(o.name, o.measure, a.value) AS object, documents AS documents,
  e.modality AS modality, a.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY documents DESC, subject, relation, object, doc, start, end, quote, modality, origin
LIMIT 1000  // given limit: LIMIT $limit

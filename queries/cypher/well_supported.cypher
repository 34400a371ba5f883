// summary: Which facts do several independent documents support? Copies and reprints of one text count once.
// summary zh: 哪些事实有多份独立文件支持（转载与副本只计一次）？
// param documents (number): at least so many documents; 2 when left out
// param limit (count): how many rows at most; 500 when left out
// columns: subject, relation, object, documents, modality, origin, doc, start, end, quote
// example: documents=3
MATCH ()-[a:ABOUT]->(s)
WHERE a.supportCount >= 2  // given documents: WHERE a.supportCount >= $documents
  AND a.relation IS NOT NULL
WITH a.supportCount AS documents, s, collect(a) AS links
WITH documents, s.name AS subject, collect(links) AS groups
ORDER BY documents DESC, subject
LIMIT 500  // given limit: LIMIT $limit
UNWIND groups AS links
UNWIND links AS a
WITH documents, subject, a, startNode(a) AS e
OPTIONAL MATCH (o:Resource {uri: a.object})
RETURN subject AS subject, a.relation AS relation, coalesce(o.name, o.measure, a.value) AS object, documents AS documents,
  e.modality AS modality, a.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY documents DESC, subject, relation, object, doc, start, end, quote, modality, origin
LIMIT 500  // given limit: LIMIT $limit

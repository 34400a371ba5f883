// summary: Do the documents agree on the role of a region? Each role, and how many of the documents on the region say it.
// summary zh: 各文件对同一地区的定位是否一致？
// param region (Region|Zone|Cluster): the place; every place of which two documents speak when left out
// columns: region, role, agreement, documents_for, documents, modality, origin, doc, start, end, quote
// example: region=天津
MATCH (s:Resource)-[f:PLAYS_ROLE]->(o:Resource)
// given region: WHERE s.uri = $region
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
WITH s, f, o, collect(e) AS pieces, collect(DISTINCT e.doc) AS docs
WITH s, collect({fact: f, role: o, pieces: pieces, count: size(docs)}) AS roles, collect(docs) AS lists
WITH s, roles, size(reduce(every = [], docs IN lists | every + [doc IN docs WHERE NOT doc IN every])) AS documents
WHERE documents > 1
UNWIND roles AS item
UNWIND item.pieces AS e
WITH s, item.role AS o, item.fact AS f, item.count AS documents_for, documents, e
RETURN s.name AS region, o.name AS role,
  CASE WHEN documents_for = documents THEN 'all' WHEN documents_for > 1 THEN 'some' ELSE 'one' END AS agreement,
  documents_for AS documents_for, documents AS documents,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY region, role, agreement, documents_for, documents, doc, start, end, quote, modality, origin

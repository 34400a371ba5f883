// summary: Who called for something, in words that the call holds?
// summary zh: 某一要求是谁提出的？
// param text (text, required): words in the call
// columns: caller, class, call, modality, origin, doc, start, end, quote
// example: text=数字产业集群
MATCH (o:Statement)
// given text: WHERE o.text CONTAINS $text
MATCH (s:Resource)-[f:CALLED_FOR]->(o)
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS caller, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.text AS call,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY caller, class, call, doc, start, end, quote, modality, origin

// summary: Which calls of two documents are the same in words, by one caller or by two? Both quotes; callers are never merged.
// summary zh: 两份文件中措辞相同的主张，是同一方提出的还是不同方提出的？附双方原文。
// param text (text): words in the call; every call when left out
// param verdict (text): agree or differ (two callers); all when left out
// columns: verdict, reason, caller, other_caller, call, other_call, modality, origin, doc, start, end, quote, other_modality, other_doc, other_start, other_end, other_quote
// example: text=数字产业集群
MATCH (c:Statement)  // given text: MATCH (c:Statement) WHERE c.text CONTAINS $text
WITH collect(c.text) AS texts, collect({call: c, words: CASE WHEN right(c.text, 1) IN ['。', ';', '!'] THEN left(c.text, size(c.text) - 1) ELSE c.text END}) AS calls
WITH calls, size(texts) > 500 AS many, reduce(joined = '', text IN CASE WHEN size(texts) > 500 THEN [] ELSE texts END | joined + text + '\n') AS together
UNWIND calls AS one
WITH one.call AS a, one.words AS words, many, together
// Most calls stand once: to look through a few hundred texts together is faster than to ask the index for each.
WHERE many OR size(together) - size(replace(together, words, '')) > size(words)
  OR reduce(found = 0, pieces IN [()-[f:CALLED_FOR]->(a) | coalesce(size(f.evidence), 0)] | found + pieces) > 1
MATCH (b:Statement) WHERE b.text CONTAINS words
WITH a, b, words, CASE WHEN right(b.text, 1) IN ['。', ';', '!'] THEN left(b.text, size(b.text) - 1) ELSE b.text END AS other_words
WHERE other_words CONTAINS words
// given text: AND b.text CONTAINS $text
MATCH (s:Resource)-[f:CALLED_FOR]->(a)
MATCH (t:Resource)-[g:CALLED_FOR]->(b)
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})-[:IN_DOCUMENT]->(d:Document)
UNWIND g.evidence AS other_uri
MATCH (x:Resource {uri: other_uri})-[:IN_DOCUMENT]->(y:Document)
WITH s, f, a, e, d, t, g, b, x, y, words <> other_words AS longer
WHERE coalesce(d.copyOf, d.path) <> coalesce(y.copyOf, y.path) AND (d.path < y.path OR longer)
WITH CASE WHEN s = t THEN '' ELSE 'caller' END AS reason,
  {caller: s.name, origin: f.origin, call: a.text, evidence: e} AS one, {caller: t.name, origin: g.origin, call: b.text, evidence: x} AS two, d.path < y.path AS earlier
WITH reason, CASE WHEN reason = '' THEN 'agree' ELSE 'differ' END AS verdict, CASE WHEN earlier THEN one ELSE two END AS one, CASE WHEN earlier THEN two ELSE one END AS two
// given verdict: WHERE verdict = $verdict
WITH verdict, reason, one, two, one.evidence AS e, two.evidence AS x
RETURN verdict AS verdict, reason AS reason, one.caller AS caller, two.caller AS other_caller, one.call AS call, two.call AS other_call,
  e.modality AS modality, one.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote,
  x.modality AS other_modality, x.doc AS other_doc, x.start AS other_start, x.end AS other_end, x.quote AS other_quote
ORDER BY verdict, reason, caller, other_caller, call, other_call, doc, start, end, quote, other_doc, other_start, other_end, other_quote, modality, other_modality, origin

// summary: Which calls of two documents are the same in words, by one caller or by two? Both quotes; callers are never merged.
// summary zh: 两份文件中措辞相同的主张,是同一方提出的还是不同方提出的?附双方原文。
// param text (text): words in the call; every call when left out
// param verdict (text): agree or differ (two callers); all when left out
// columns: verdict, reason, caller, other_caller, call, other_call, modality, origin, doc, start, end, quote, other_modality, other_doc, other_start, other_end, other_quote
// example: text=数字产业集群
MATCH (s:Resource)-[f:CALLED_FOR]->(a:Statement)
// given text: WHERE a.text CONTAINS $text
WITH collect({caller: s, fact: f, call: a}) AS items
UNWIND items AS one
UNWIND items AS two
WITH one.caller AS s, one.fact AS f, one.call AS a, two.caller AS t, two.fact AS g, two.call AS b
WITH s, f, a, t, g, b,
  CASE WHEN right(a.text, 1) IN ['。', ';', '!'] THEN left(a.text, size(a.text) - 1) ELSE a.text END AS words,
  CASE WHEN right(b.text, 1) IN ['。', ';', '!'] THEN left(b.text, size(b.text) - 1) ELSE b.text END AS other_words
WHERE (words CONTAINS other_words OR other_words CONTAINS words)
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})-[:IN_DOCUMENT]->(d:Document)
UNWIND g.evidence AS other_uri
MATCH (x:Resource {uri: other_uri})-[:IN_DOCUMENT]->(y:Document)
WITH s, f, a, t, b, e, d, x, y
WHERE d.path < y.path AND coalesce(d.copyOf, d.path) <> coalesce(y.copyOf, y.path)
WITH s, f, a, t, b, e, x, CASE WHEN s = t THEN '' ELSE 'caller' END AS reason
WITH s, f, a, t, b, e, x, reason, CASE WHEN reason = '' THEN 'agree' ELSE 'differ' END AS verdict
// given verdict: WHERE verdict = $verdict
RETURN verdict AS verdict, reason AS reason, s.name AS caller, t.name AS other_caller, a.text AS call, b.text AS other_call,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote,
  x.modality AS other_modality, x.doc AS other_doc, x.start AS other_start, x.end AS other_end, x.quote AS other_quote
ORDER BY verdict, reason, caller, other_caller, call, other_call, doc, start, end, quote, other_doc, other_start, other_end, other_quote, modality, other_modality, origin

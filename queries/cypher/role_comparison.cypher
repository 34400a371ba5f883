// summary: Where do two documents give a place the same role, where another, and where can the two not be compared? Both quotes.
// summary zh: 两份文件对同一地区的定位是一致、不同还是不可比？附双方原文。
// param region (Region|Zone|Cluster): the place; every place when left out
// param verdict (text): agree, differ or not comparable; all when left out
// columns: verdict, reason, region, role, other_role, modality, origin, doc, start, end, quote, other_modality, other_doc, other_start, other_end, other_quote
// example: region=天津
MATCH (s:Resource)-[f:PLAYS_ROLE]->(a:Resource)
// given region: WHERE s.uri = $region
MATCH (s)-[g:PLAYS_ROLE]->(b:Resource)
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})-[:IN_DOCUMENT]->(d:Document)
UNWIND g.evidence AS other_uri
MATCH (x:Resource {uri: other_uri})-[:IN_DOCUMENT]->(y:Document)
WITH s, f, a, b, e, d, x, y
WHERE d.path < y.path AND coalesce(d.copyOf, d.path) <> coalesce(y.copyOf, y.path)
WITH s, f, a, b, e, x, CASE WHEN e.modality <> x.modality THEN 'modality' WHEN a = b THEN '' WHEN a.function IS NULL OR b.function IS NULL THEN 'kind' WHEN a.function = b.function THEN 'same function' ELSE '' END AS reason
WITH s, f, a, b, e, x, reason, CASE WHEN reason IN ['modality', 'kind'] THEN 'not comparable' WHEN a = b OR reason = 'same function' THEN 'agree' ELSE 'differ' END AS verdict
// given verdict: WHERE verdict = $verdict
RETURN verdict AS verdict, reason AS reason, s.name AS region, a.name AS role, b.name AS other_role,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote,
  x.modality AS other_modality, x.doc AS other_doc, x.start AS other_start, x.end AS other_end, x.quote AS other_quote
ORDER BY verdict, reason, region, role, other_role, doc, start, end, quote, other_doc, other_start, other_end, other_quote, modality, other_modality, origin

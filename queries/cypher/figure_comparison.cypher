// summary: Where do two figures for one thing agree, differ, or not compare, and why? Both quotes; copies of one text are no pair.
// summary zh: 同一事物的两个数据是一致、不一致还是不可比，原因何在？
// param subject (entity): what the figures are about, also as part of something larger; anything when left out
// param measure (text): words in the name of the measure; every measure when left out
// param verdict (text): agree, differ or not comparable; all when left out
// columns: verdict, reason, subject, other_subject, measure, other_measure, unit, other_unit, period, other_period, comparison, amount, other_comparison, other_amount, modality, origin, doc, start, end, quote, other_modality, other_doc, other_start, other_end, other_quote
// example: subject=京津冀
// given subject: MATCH (:Resource {uri: $subject})-[:PART_OF|LOCATED_IN*0..1]-(s:Resource) WITH DISTINCT s
MATCH (s:Resource)-[f:OBSERVED]->(a:Observation)
CALL (s) {
  RETURN s AS t
  UNION
  MATCH (s)-[r:PART_OF|LOCATED_IN]-(t:Resource) WHERE r.asserted AND t <> s
  RETURN t
}
MATCH (t)-[g:OBSERVED]->(b:Observation)
WHERE (a.measure = b.measure OR (s = t AND a.unit = b.unit AND left(a.measure, 4) = left(b.measure, 4)))
AND (s = t OR a.unit = b.unit)
// given subject: AND $subject IN [s.uri, t.uri]
// given measure: AND (a.measure CONTAINS $measure OR b.measure CONTAINS $measure)
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})-[:IN_DOCUMENT]->(d:Document)
UNWIND g.evidence AS other_uri
MATCH (x:Resource {uri: other_uri})-[:IN_DOCUMENT]->(y:Document)
WITH s, f, a, t, b, e, d, x, y
WHERE (d.path < y.path OR (d = y AND a <> b AND (e.start < x.start OR (e.start = x.start AND a.uri < b.uri))))
AND (d = y OR coalesce(d.copyOf, d.path) <> coalesce(y.copyOf, y.path))
WITH s, f, a, t, b, e, x, d = y AND a.amount = b.amount AND a.comparison = b.comparison AS repeated,
  CASE WHEN a.comparison IN ['<', '<='] THEN 0.0 WHEN a.comparison = '~' THEN 0.95 WHEN a.comparison = '=' THEN 0.995 ELSE 1.0 END * a.amount AS low,
  CASE WHEN a.comparison IN ['>', '>='] THEN 1.0e300 WHEN a.comparison = '~' THEN 1.05 * a.amount WHEN a.comparison = '=' THEN 1.005 * a.amount ELSE a.amount END AS high,
  CASE WHEN b.comparison IN ['<', '<='] THEN 0.0 WHEN b.comparison = '~' THEN 0.95 WHEN b.comparison = '=' THEN 0.995 ELSE 1.0 END * b.amount AS other_low,
  CASE WHEN b.comparison IN ['>', '>='] THEN 1.0e300 WHEN b.comparison = '~' THEN 1.05 * b.amount WHEN b.comparison = '=' THEN 1.005 * b.amount ELSE b.amount END AS other_high
WITH s, f, a, t, b, e, x, low, high, other_low, other_high,
  CASE WHEN s <> t THEN 'region' WHEN a.measure <> b.measure THEN 'measure' WHEN a.unit <> b.unit THEN 'unit' WHEN e.modality <> x.modality THEN 'modality'
    WHEN a.period IS NULL OR b.period IS NULL THEN CASE WHEN repeated THEN 'repeated' ELSE 'period unknown' END WHEN a.period <> b.period THEN 'period' ELSE '' END AS reason
WITH s, f, a, t, b, e, x, reason,
  CASE WHEN reason = 'repeated' THEN 'agree' WHEN reason <> '' THEN 'not comparable' WHEN low <= other_high AND other_low <= high THEN 'agree' ELSE 'differ' END AS verdict
// given verdict: WHERE verdict = $verdict
RETURN verdict AS verdict, reason AS reason, s.name AS subject, t.name AS other_subject, a.measure AS measure, b.measure AS other_measure,
  a.unit AS unit, b.unit AS other_unit, a.period AS period, b.period AS other_period, a.comparison AS comparison, a.amount AS amount,
  b.comparison AS other_comparison, b.amount AS other_amount,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote,
  x.modality AS other_modality, x.doc AS other_doc, x.start AS other_start, x.end AS other_end, x.quote AS other_quote
ORDER BY verdict, reason, subject, other_subject, measure, other_measure, unit, other_unit, period IS NOT NULL, period, other_period IS NOT NULL, other_period, comparison, amount, other_comparison, other_amount, doc, start, end, quote, other_doc, other_start, other_end, other_quote, modality, other_modality, origin

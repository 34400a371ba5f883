// summary: Where do figures with the same subject, measure, unit and period differ?
// summary zh: 同一主体、指标、单位、时期的数据有哪些不一致？
// param subject (entity): what the figures are about; anything when left out
// columns: subject, measure, period, unit, comparison, amount, modality, origin, doc, start, end, quote
MATCH (s:Resource)-[f:OBSERVED]->(o:Observation)
WHERE o.period IS NOT NULL
// given subject: AND s.uri = $subject
WITH s, o.measure AS measure, o.unit AS unit, o.period AS period, collect({fact: f, observation: o}) AS items, count(DISTINCT o.amount) AS amounts
WHERE amounts > 1
UNWIND items AS item
WITH s, measure, unit, period, item.fact AS f, item.observation AS o
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS subject, measure AS measure, period AS period, unit AS unit, o.comparison AS comparison, o.amount AS amount,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY subject, measure, period, unit, comparison, amount, doc, start, end, quote, modality, origin

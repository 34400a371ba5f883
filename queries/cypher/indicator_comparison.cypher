// summary: How do subjects compare on the same measure, unit and period?
// summary zh: 不同主体在同一指标、单位和时期上如何比较？
// param measure (text): words in the name of the measure; every measure when left out
// columns: measure, unit, period, subject, comparison, amount, modality, origin, doc, start, end, quote
// example: measure=增加值
MATCH (s:Resource)-[f:OBSERVED]->(o:Observation)
// given measure: WHERE o.measure CONTAINS $measure
WITH o.measure AS measure, o.unit AS unit, coalesce(o.period, '') AS period, collect({subject: s, fact: f, observation: o}) AS items, count(DISTINCT s) AS subjects
WHERE subjects > 1
UNWIND items AS item
WITH measure, unit, period, item.subject AS s, item.fact AS f, item.observation AS o
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN measure AS measure, unit AS unit, period AS period, s.name AS subject, o.comparison AS comparison, o.amount AS amount,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY measure, unit, period, subject, comparison, amount, doc, start, end, quote, modality, origin

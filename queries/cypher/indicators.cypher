// summary: Which figures are given, about whom, for when, and who says so?
// summary zh: 有哪些指标数据：主体、数值、单位、时期、出处？
// param subject (entity): what the figure is about; anything when left out
// param measure (text): words in the name of the measure
// param year (year): only figures for this year
// columns: subject, measure, comparison, value, factor, amount, unit, period, speaker, modality, origin, doc, start, end, quote
// example: subject=北京; year=2024
// example: measure=规模
MATCH (s:Resource)-[f:OBSERVED]->(o:Observation)
// given subject: WHERE s.uri = $subject
WITH s, f, o
// given measure: WHERE o.measure CONTAINS $measure
WITH s, f, o
// given year: WHERE o.period CONTAINS $year
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
OPTIONAL MATCH (speaker:Resource {uri: e.speaker})
RETURN s.name AS subject, o.measure AS measure, o.comparison AS comparison, o.value AS value, o.factor AS factor, o.amount AS amount,
  o.unit AS unit, o.period AS period, speaker.name AS speaker,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY subject, measure, comparison, value, factor, amount, unit, period IS NOT NULL, period, speaker IS NOT NULL, speaker, doc, start, end, quote, modality, origin

// summary: Which figures does a report, person, meeting or body give?
// summary zh: 一份报告、一个人、一次会议或一个机构给出了哪些数据？
// param speaker (Report|Person|Event|Organization): who says so; anybody when left out
// columns: speaker, class, subject, measure, comparison, value, factor, unit, period, modality, origin, doc, start, end, quote
MATCH (s:Resource)-[f:OBSERVED]->(o:Observation)  // given speaker: MATCH (e:Evidence {speaker: $speaker})-[about:ABOUT]->(s:Resource)
UNWIND f.evidence AS evidence_uri  // given speaker: MATCH (s)-[f:OBSERVED {factId: about.factId}]->(o:Observation)
MATCH (e:Resource {uri: evidence_uri})  // given speaker: WHERE e.uri IN f.evidence
WITH s, f, o, e
MATCH (speaker:Resource {uri: e.speaker})
RETURN speaker.name AS speaker, head([label IN labels(speaker) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, s.name AS subject, o.measure AS measure, o.comparison AS comparison, o.value AS value,
  o.factor AS factor, o.unit AS unit, o.period AS period,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY speaker, class, subject, measure, comparison, value, factor, unit, period IS NOT NULL, period, doc, start, end, quote, modality, origin

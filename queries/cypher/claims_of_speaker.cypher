// summary: What does a report, person, meeting or body say?
// summary zh: 一份报告、一个人、一次会议或一个机构说了什么？
// param speaker (Report|Person|Event|Organization): who says so; anybody when left out
// columns: speaker, class, subject, relation, object, modality, origin, doc, start, end, quote
// example: speaker=蓝庆新
MATCH (e:Evidence) WHERE e.speaker IS NOT NULL
// given speaker: AND e.speaker = $speaker
MATCH (speaker:Resource {uri: e.speaker})
MATCH (e)-[a:ABOUT]->(s:Resource)
CALL (s, a) {
  MATCH (s)-[f {factId: a.factId}]->(o:Resource)
  RETURN reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, coalesce(o.name, o.measure) AS object, f.origin AS origin
  UNION ALL
  WITH s, a WHERE a.relation = 'issuedOn'
  RETURN a.relation AS relation, a.value AS object, a.origin AS origin
}
RETURN speaker.name AS speaker, head([label IN labels(speaker) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, s.name AS subject, relation AS relation, object AS object,
  e.modality AS modality, origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY speaker, class, subject, relation, object, doc, start, end, quote, modality, origin

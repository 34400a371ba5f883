// summary: Which meetings, reports, people and bodies call for what?
// summary zh: 哪些会议、报告、人物和机构提出了什么要求？
// param caller (Event|Report|Person|Policy|Organization): who; anybody when left out
// columns: caller, class, call, modality, origin, doc, start, end, quote
// example: caller=中央经济工作会议
MATCH (s:Resource)-[f:CALLED_FOR]->(o:Resource)
// given caller: WHERE s.uri = $caller
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS caller, head([label IN labels(s) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, o.text AS call,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY caller, class, call, doc, start, end, quote, modality, origin

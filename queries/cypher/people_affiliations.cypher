// summary: Who speaks or writes, and where do they work?
// summary zh: 谁在发言或撰文，任职于何处？
// param person (Person): the person; everybody when left out
// columns: person, organization, modality, origin, doc, start, end, quote
// example: person=蓝庆新
MATCH (s:Resource)-[f:AFFILIATED_WITH]->(o:Resource)
// given person: WHERE s.uri = $person
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS person, o.name AS organization,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY person, organization, doc, start, end, quote, modality, origin

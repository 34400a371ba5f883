// summary: Which subjects do meetings and expos take up?
// summary zh: 各会议活动涉及哪些领域？
// param event (Event): the meeting or expo; every one when left out
// columns: event, topic, modality, origin, doc, start, end, quote
MATCH (s:Resource:Event)-[f:ADDRESSES]->(o:Resource)
// given event: WHERE s.uri = $event
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS event, o.name AS topic,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY event, topic, doc, start, end, quote, modality, origin

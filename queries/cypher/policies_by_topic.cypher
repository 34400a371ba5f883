// summary: Which policies promote or regulate which subject?
// summary zh: 各领域（主题）有哪些政策？
// param topic (Topic): the subject; every one when left out
// columns: policy, topic, modality, origin, doc, start, end, quote
// example: topic=数据要素
MATCH (s:Resource:Policy)-[f:ADDRESSES]->(o:Resource)
// given topic: WHERE o.uri = $topic
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS policy, o.name AS topic,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY policy, topic, doc, start, end, quote, modality, origin

// summary: Which policies are about several subjects, and which?
// summary zh: 哪些政策跨多个领域？
// param topics (number): at least so many subjects; 2 when left out
// param limit (count): how many rows at most; 500 when left out
// columns: policy, topics, topic, modality, origin, doc, start, end, quote
// example: topics=3
MATCH (p:Policy) WHERE COUNT { (p)-[:ADDRESSES]->() } >= 2  // given topics: MATCH (p:Policy) WHERE COUNT { (p)-[:ADDRESSES]->() } >= $topics
MATCH (p)-[any:ADDRESSES]->(t:Resource)
WHERE size(any.evidence) > 0
WITH p, count(DISTINCT t) AS topics
WHERE topics >= 2  // given topics: WHERE topics >= $topics
WITH p, topics ORDER BY topics DESC, p.name
LIMIT 500  // given limit: LIMIT $limit
MATCH (p)-[f:ADDRESSES]->(t:Resource)
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN p.name AS policy, topics AS topics, t.name AS topic,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY topics DESC, policy, topic, doc, start, end, quote, modality, origin
LIMIT 500  // given limit: LIMIT $limit

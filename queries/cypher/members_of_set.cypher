// summary: Which members does a named set such as 三城一区 have, in which role, and are they all there?
// summary zh: “三城一区”之类的并称由哪些成员组成，各任何职，是否齐全？
// param set (NamedSet): the coined name; every one when left out
// columns: set, member, class, role, announced, members, modality, origin, doc, start, end, quote
// example: set=三城一区
MATCH (s:NamedSet)
// given set: WHERE s.uri = $set
MATCH (s)-[f:HAS_MEMBER]->(m:Resource)
WITH s, count(DISTINCT m) AS members, collect({fact: f, member: m}) AS items
UNWIND items AS item
WITH s, members, item.fact AS f, item.member AS m
UNWIND f.evidence AS evidence_uri
MATCH (e:Resource {uri: evidence_uri})
RETURN s.name AS set, m.name AS member, head([label IN labels(m) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, f.memberRole AS role, s.announcedCount AS announced, members AS members,
  e.modality AS modality, f.origin AS origin, e.doc AS doc, e.start AS start, e.end AS end, e.quote AS quote
ORDER BY set, member, class, role IS NOT NULL, role, announced IS NOT NULL, announced, members, doc, start, end, quote, modality, origin

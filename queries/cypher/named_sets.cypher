// summary: Which named sets are there, and is the number of their members the one announced?
// summary zh: 有哪些并称，成员数与其名称所说是否相符？
// columns: set, announced, members, complete
MATCH (s:NamedSet)
OPTIONAL MATCH (s)-[:HAS_MEMBER]->(m:Resource)
WITH s, count(DISTINCT m) AS members
RETURN s.name AS set, s.announcedCount AS announced, members AS members, coalesce(members = s.announcedCount, false) AS complete
ORDER BY set, announced IS NOT NULL, announced, members, complete

// summary: How many entities of each class are there, from texts and from background knowledge?
// summary zh: 各类实体有多少，其中来自文本和背景知识的各多少？
// columns: class, origin, entities
MATCH (n:Resource)
WHERE n.entityClass IS NOT NULL AND n.documentCount IS NOT NULL AND n.name IS NOT NULL AND n.origin IS NOT NULL
RETURN n.entityClass AS class, n.origin AS origin, count(n) AS entities
ORDER BY class, origin, entities

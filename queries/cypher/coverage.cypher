// summary: How many entities of each class are there, from texts and from background knowledge?
// summary zh: 各类实体有多少,其中来自文本和背景知识的各多少?
// columns: class, origin, entities
MATCH (n:Resource) WHERE n.names IS NOT NULL
RETURN head([label IN labels(n) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, n.origin AS origin, count(n) AS entities
ORDER BY class, origin, entities

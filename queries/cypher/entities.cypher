// summary: Which entities of a class are there, and in how many documents?
// summary zh: 某一类实体有哪些,各见于多少文件?
// param class (class): a class such as Firm or Policy; every class when left out
// param limit (count): how many rows at most; 1000 when left out
// columns: class, name, origin, documents
// example: class=Firm
MATCH (n:Resource) WHERE n.origin IS NOT NULL
// given class: AND $class IN labels(n)
WITH n WHERE n.names IS NOT NULL
RETURN head([label IN labels(n) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, n.name AS name, n.origin AS origin, size(coalesce(n.docs, [])) AS documents
ORDER BY class, documents DESC, name, origin
LIMIT 1000  // given limit: LIMIT $limit

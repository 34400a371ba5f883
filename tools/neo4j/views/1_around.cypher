// 一个名字周围 · Around a name
WITH '上海市' AS name
MATCH (n:Resource {name: name})
MATCH (n)-[fact]-(other:Resource)
WHERE fact.support IS NOT NULL
RETURN n, fact, other
LIMIT 80

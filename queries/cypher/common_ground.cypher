// summary: What are two things both connected with?
// summary zh: 两个事物有哪些共同的关联？
// param first (entity, required): one thing
// param second (entity, required): another
// columns: shared, class, first_relation, second_relation, first_documents, second_documents
// example: first=北京; second=天津
MATCH (a:Resource)-[f]-(x:Resource)
WHERE f.factId IS NOT NULL AND NOT a:Evidence AND NOT x:Evidence AND x.names IS NOT NULL
// given first: AND a.uri = $first
UNWIND f.evidence AS first_uri
MATCH (one:Resource {uri: first_uri})
WITH a, x, type(f) AS first_type, count(DISTINCT one.doc) AS first_documents, reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS first_relation
MATCH (x)-[g]-(b:Resource)
WHERE g.factId IS NOT NULL AND NOT b:Evidence
// given second: AND b.uri = $second
UNWIND g.evidence AS second_uri
MATCH (two:Resource {uri: second_uri})
WITH a, b, x, first_relation, first_documents, reduce(name = '', part IN split(toLower(type(g)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS second_relation, count(DISTINCT two.doc) AS second_documents
RETURN x.name AS shared, head([label IN labels(x) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, first_relation AS first_relation, second_relation AS second_relation,
  first_documents AS first_documents, second_documents AS second_documents
ORDER BY shared, class, first_relation, second_relation, first_documents, second_documents

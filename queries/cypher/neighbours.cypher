// summary: What is a thing connected with, by how many documents?
// summary zh: 某一事物与什么相关，有多少文件支持？
// param entity (entity, required): the thing
// columns: relation, direction, neighbour, class, origin, asserted, documents
// example: entity=百度
CALL () {
  MATCH (n:Resource)-[f]->(o:Resource) WHERE f.factId IS NOT NULL AND NOT n:Evidence AND o.names IS NOT NULL AND (f.support > 0 OR f.source IS NOT NULL)
// given entity: AND n.uri = $entity
  RETURN f, 'out' AS direction, o
  UNION ALL
  MATCH (n:Resource)<-[f]-(o:Resource) WHERE f.factId IS NOT NULL AND o.names IS NOT NULL AND (f.support > 0 OR f.source IS NOT NULL)
// given entity: AND n.uri = $entity
  RETURN f, 'in' AS direction, o
}
RETURN reduce(name = '', part IN split(toLower(type(f)), '_') | name + CASE WHEN name = '' THEN part ELSE toUpper(left(part, 1)) + substring(part, 1) END) AS relation, direction AS direction, o.name AS neighbour, head([label IN labels(o) WHERE NOT label IN ['Resource', 'Entity', 'Organization', 'Industry', 'Technology']]) AS class, f.origin AS origin, f.asserted AS asserted, coalesce(f.supportCount, 0) AS documents
ORDER BY relation, direction, neighbour, class, asserted, documents, origin

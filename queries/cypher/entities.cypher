// summary: Which entities of a class are there, and in how many documents?
// summary zh: 某一类实体有哪些，各见于多少文件？
// param class (class): a class such as Firm or Policy; every class when left out
// param limit (count): how many rows at most; 500 when left out
// columns: class, name, origin, documents
// example: class=Firm
MATCH (n:Resource)
WHERE n.entityClass IS NOT NULL  // given class: WHERE n.entityClass IN CASE $class WHEN 'Organization' THEN ['Firm', 'GovernmentBody', 'Institution', 'ResearchOrg'] ELSE [$class] END
  AND n.documentCount IS NOT NULL AND n.name IS NOT NULL AND n.origin IS NOT NULL
RETURN n.entityClass AS class, n.name AS name, n.origin AS origin, n.documentCount AS documents
ORDER BY class, documents DESC, name, origin
LIMIT 500  // given limit: LIMIT $limit

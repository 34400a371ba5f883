// 全文检索：名称与引文 · Full-text search: names and quotes
WITH '人工智能' AS words
CALL (words) {
  CALL db.index.fulltext.queryNodes('names', words) YIELD node, score
  RETURN node, score
  LIMIT 20
  UNION ALL
  CALL db.index.fulltext.queryNodes('quotes', words) YIELD node AS evidence, score
  MATCH (evidence)-[:ABOUT]->(node:Resource)
  RETURN node, score
  LIMIT 20
}
RETURN DISTINCT node

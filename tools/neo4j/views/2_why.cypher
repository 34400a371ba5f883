// 为什么这样说：从关系到原文 · Why: from a relationship to the words
WITH '北京市' AS name
MATCH (n:Resource {name: name})-[fact]->(other:Resource)
WHERE fact.support > 0
WITH n, fact, other
LIMIT 10
MATCH (e:Evidence)-[inDocument:IN_DOCUMENT]->(d:Document)
WHERE e.uri IN fact.evidence
RETURN n, fact, other, e, inDocument, d

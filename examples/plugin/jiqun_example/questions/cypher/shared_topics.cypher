// summary: Which industries and technologies do most places share?
// summary zh: 哪些领域有最多的地区在做？
// columns: topic, places
MATCH (place:Resource)-[f:SPECIALIZES_IN]->(t:Resource) WHERE f.asserted
RETURN t.name AS topic, count(DISTINCT place) AS places
ORDER BY places DESC, topic

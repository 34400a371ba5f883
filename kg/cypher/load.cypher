// What `kg load` runs beside the schema. `__LABELS__` and `__TYPE__` become names of the ontology; all else travels as
// parameters.

// name: read_nodes
MATCH (n:Resource)
RETURN n.uri AS uri, labels(n) AS labels, properties(n) AS properties;

// name: read_relationships
MATCH (a:Resource)-[r:__TYPE__]->(b:Resource)
RETURN a.uri AS start, b.uri AS end, properties(r) AS properties;

// name: merge_nodes
UNWIND $rows AS row
MERGE (n:Resource {uri: row.uri})
SET n:__LABELS__, n += row.properties;

// name: drop_labels
UNWIND $rows AS row
MATCH (n:Resource {uri: row.uri})
REMOVE n:__LABELS__;

// name: merge_facts
UNWIND $rows AS row
MATCH (a:Resource {uri: row.start})
MATCH (b:Resource {uri: row.end})
MERGE (a)-[r:__TYPE__ {factId: row.factId}]->(b)
SET r += row.properties;

// name: merge_links
UNWIND $rows AS row
MATCH (a:Resource {uri: row.start})
MATCH (b:Resource {uri: row.end})
MERGE (a)-[r:__TYPE__]->(b)
SET r += row.properties;

// name: delete_facts
UNWIND $rows AS row
MATCH (:Resource {uri: row.start})-[r:__TYPE__ {factId: row.factId}]->(:Resource {uri: row.end})
WHERE r.origin IS NULL OR r.origin IN $origins
DELETE r;

// name: delete_links
UNWIND $rows AS row
MATCH (:Resource {uri: row.start})-[r:__TYPE__]->(:Resource {uri: row.end})
DELETE r;

// name: delete_nodes
UNWIND $rows AS row
MATCH (n:Resource {uri: row.uri})
WHERE (n.origin IS NULL OR n.origin IN $origins) AND NOT EXISTS { (n)--() }
DELETE n;

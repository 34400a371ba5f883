// What `kg load` runs beside the schema. `__LABELS__`, `__TYPE__` and `__TYPES__` (all of them) become names of the
// ontology; all else travels as parameters.

// name: count_resources
MATCH (n:Resource)
RETURN count(n) AS count;

// name: read_everything
MATCH (n:Resource)
RETURN n.uri AS uri, labels(n) AS labels, properties(n) AS properties,
  [(n)-[r:__TYPES__]->(m:Resource) | [type(r), m.uri, properties(r)]] AS outgoing;

// name: create_nodes
UNWIND $rows AS row
CREATE (n:__LABELS__ {uri: row.uri})
SET n += row.properties;

// name: create_evidence
UNWIND $rows AS row
MATCH (d:Resource {uri: row.document})
MATCH (s:Resource {uri: row.about})
CREATE (d)<-[i:IN_DOCUMENT]-(n:Resource:Evidence {uri: row.uri})-[r:ABOUT {factId: row.factId}]->(s)
SET n += row.properties, r += row.aboutProperties, i += row.documentProperties;

// name: create_facts
UNWIND $rows AS row
MATCH (a:Resource {uri: row.start})
MATCH (b:Resource {uri: row.end})
CREATE (a)-[r:__TYPE__ {factId: row.factId}]->(b)
SET r += row.properties;

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

// name: merge_evidence_links
UNWIND $rows AS row
MATCH (n:Resource {uri: row.uri})
MATCH (d:Resource {uri: row.document})
MATCH (s:Resource {uri: row.about})
MERGE (n)-[i:IN_DOCUMENT]->(d)
MERGE (n)-[r:ABOUT {factId: row.factId}]->(s)
SET r += row.aboutProperties, i += row.documentProperties;

// name: delete_facts
UNWIND $rows AS row
MATCH (:Resource {uri: row.start})-[r:__TYPE__ {factId: row.factId}]->(:Resource {uri: row.end})
WHERE r.origin IS NULL OR r.origin IN $origins OR (r.origin = $curated AND r.fromBuild = true)
DELETE r;

// name: delete_links
UNWIND $rows AS row
MATCH (:Resource {uri: row.start})-[r:__TYPE__]->(:Resource {uri: row.end})
DELETE r;

// name: delete_nodes
UNWIND $rows AS row
MATCH (n:Resource {uri: row.uri})
WHERE (n.origin IS NULL OR n.origin IN $origins OR (n.origin = $curated AND n.fromBuild = true)) AND NOT EXISTS { (n)--() }
DELETE n;

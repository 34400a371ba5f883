// Constraints and indexes of the graph in Neo4j, all of them within Community Edition and safe to run again.
// `__TYPE__`: the statement is run once for each relationship type of a fact; `__TYPES__`: all of them in one statement.

// The key of every node. neosemantics looks for a constraint of this name before it works on the same data.
CREATE CONSTRAINT n10s_unique_uri IF NOT EXISTS FOR (n:Resource) REQUIRE n.uri IS UNIQUE;

// The key of every fact: however often and from wherever it is loaded, it is one relationship.
CREATE CONSTRAINT `fact___TYPE__` IF NOT EXISTS FOR ()-[r:`__TYPE__`]-() REQUIRE r.factId IS UNIQUE;

// From a fact to its evidence. No constraint: a fact has several pieces.
CREATE INDEX about_fact IF NOT EXISTS FOR ()-[r:ABOUT]-() ON (r.factId);
CREATE INDEX about_relation IF NOT EXISTS FOR ()-[r:ABOUT]-() ON (r.relation);
CREATE INDEX about_support IF NOT EXISTS FOR ()-[r:ABOUT]-() ON (r.supportCount);

CREATE INDEX resource_name IF NOT EXISTS FOR (n:Resource) ON (n.name);
CREATE TEXT INDEX resource_name_text IF NOT EXISTS FOR (n:Resource) ON (n.name);
CREATE INDEX resource_origin IF NOT EXISTS FOR (n:Resource) ON (n.origin);
CREATE INDEX document_path IF NOT EXISTS FOR (n:Document) ON (n.path);
CREATE INDEX document_date IF NOT EXISTS FOR (n:Document) ON (n.date);
CREATE INDEX evidence_doc IF NOT EXISTS FOR (n:Evidence) ON (n.doc);
CREATE INDEX evidence_modality IF NOT EXISTS FOR (n:Evidence) ON (n.modality);
CREATE INDEX evidence_confidence IF NOT EXISTS FOR (n:Evidence) ON (n.confidence);
CREATE INDEX evidence_speaker IF NOT EXISTS FOR (n:Evidence) ON (n.speaker);
CREATE TEXT INDEX observation_measure IF NOT EXISTS FOR (n:Observation) ON (n.measure);
CREATE INDEX observation_period IF NOT EXISTS FOR (n:Observation) ON (n.period);
CREATE TEXT INDEX statement_text IF NOT EXISTS FOR (n:Statement) ON (n.text);
CREATE INDEX policy_status IF NOT EXISTS FOR (n:Policy) ON (n.status);
CREATE INDEX policy_period IF NOT EXISTS FOR (n:Policy) ON (n.planPeriodStart, n.planPeriodEnd);

// Full-text search. `cjk` cuts Chinese into pairs of characters; the default analyzer would cut it into single ones.
CREATE FULLTEXT INDEX names IF NOT EXISTS FOR (n:Resource) ON EACH [n.name, n.names, n.nameEn, n.pinyin, n.title, n.text]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}};
CREATE FULLTEXT INDEX quotes IF NOT EXISTS FOR (n:Evidence) ON EACH [n.quote]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}};
CREATE FULLTEXT INDEX facts IF NOT EXISTS FOR ()-[r:__TYPES__]-() ON EACH [r.quote]
  OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}};

"""The parts of loading into Neo4j: the connection, the statements, and what must change."""

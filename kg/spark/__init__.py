"""The engine for more documents than one machine: the same build on Apache Spark (docs/scale.md, ADR 53)."""

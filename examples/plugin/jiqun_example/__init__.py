"""A plugin for Jiqun, as an example."""

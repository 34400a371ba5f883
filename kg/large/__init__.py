"""Builds whose facts do not fit in memory: sorted on disk, joined, checked and written as streams."""

"""One spaCy component a module; the order is in `extract.annotate`."""

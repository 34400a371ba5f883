"""From texts to facts: read, clean, annotate, resolve."""

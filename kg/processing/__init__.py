"""Many documents: in several processes, and without doing again what an earlier build did."""

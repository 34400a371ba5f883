"""Names of Yunling, a region that does not exist."""

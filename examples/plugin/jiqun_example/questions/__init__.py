"""Questions: a pair of files each."""

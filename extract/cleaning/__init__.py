"""The single steps of cleaning: one kind of noise per module, all working on a `Draft`."""

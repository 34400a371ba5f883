"""What `extract.resolve` is made of: choosing mentions, joining names, naming entities, quoting evidence."""

"""What the statistical parts of the profile `full` look at; shared by training and by the pipeline."""

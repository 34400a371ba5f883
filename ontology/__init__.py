"""What exists: the vocabulary, the values between the stages, and the graph they are asserted in."""

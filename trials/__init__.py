"""What was published: evidence files, their sources, and the network of one question."""

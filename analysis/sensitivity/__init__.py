"""Named sensitivity analyses SA01-SA23 (METHODS section 7): one comparable line for every "and if?"."""

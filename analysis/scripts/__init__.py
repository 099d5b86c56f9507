"""Short model scripts that an assessor reads, edits and runs."""

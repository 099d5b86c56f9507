"""What was read off a figure or a summary: curves and pseudo-patients. Knows nothing of trials."""

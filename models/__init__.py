"""What is believed: PyMC models, priors, fitting and prediction."""

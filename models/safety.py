"""Harms with the terms of the response model: log odds of a severe treatment-related event.

The component model is that of `models.response` with the sign turned: positive is harm. What changes are the
priors, which say nothing of direction but that a PD-L1 class hardly matters to toxicity.
"""

from models.priors import Normal, SingleArmShift
from models.response import ResponsePriors

# A judgement, printed: a single centre may see and grade more events than a trial, or fewer.
SAFETY_SHIFT = SingleArmShift("safety", 0.0, 0.35)
SAFETY_PRIORS = ResponsePriors(
    beta_pdl1=Normal(0.0, 0.1), beta_pdl1_ici=Normal(0.0, 0.1), beta_tp=Normal(0.0, 0.5)
)

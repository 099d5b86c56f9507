"""Points of a Kaplan-Meier curve into pseudo-patients."""

from digitized.choices import Method
from digitized.reconstruction.result import Constraints, Reconstruction
from digitized.reconstruction.single_arm import reconstruct

__all__ = ["Constraints", "Method", "Reconstruction", "reconstruct"]

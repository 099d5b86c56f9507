"""Points of a Kaplan-Meier curve into pseudo-patients."""

from digitized.reconstruction.result import Constraints, Method, Reconstruction
from digitized.reconstruction.single_arm import reconstruct

__all__ = ["Constraints", "Method", "Reconstruction", "reconstruct"]

"""What the fits of one endpoint amount to: its model and the pooled posterior of every scenario."""

from dataclasses import dataclass

from analysis.run.fits import ScenarioPosterior
from analysis.run.increment import Horizon
from models.response import ResponseModel
from models.survival import SurvivalModel


@dataclass(frozen=True)
class EndpointResults:
    """All scenarios of one endpoint with the model they belong to."""

    endpoint: str
    model: SurvivalModel | ResponseModel
    scenarios: tuple[ScenarioPosterior, ...]
    horizon: Horizon | None

    def scenario(self, name: str) -> ScenarioPosterior | None:
        """The scenario of this id, if it was run."""
        return next((result for result in self.scenarios if result.scenario.id == name), None)

    @property
    def headline(self) -> ScenarioPosterior:
        """Base case where it was run, else the last scenario (never the naive one alone)."""
        return self.scenario("base") or self.scenarios[-1]

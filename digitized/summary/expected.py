"""Expected patients on a grid of time: the forward model, with derivatives.

In cell k an arm has cumulative event hazard H_k and cumulative censoring hazard C_k, both constant over the
cell. With total T_k = H_k + C_k and Y_k at risk at its start, exits are Y_k (1 - exp(-T_k)), of which the
share H_k / T_k are events. Parameters are theta = (log H_1..K, log C_1..K), so every curve is monotone.
"""

from dataclasses import dataclass

import numpy as np

from digitized.curve import Floats


@dataclass(frozen=True)
class Expected:
    """Expected path of one arm over K cells.

    Attributes
    ----------
    hazard, censoring : (K + 1,) float
        Cumulative hazards of event and censoring at the cells' edges.
    at_risk : (K + 1,) float
        Expected patients at risk at the edges.
    events : (K,) float
        Expected events in each cell.
    greenwood : (K + 1,) float
        Greenwood's sum, integral of dN / Y^2, at the edges (Greenwood 1926): var(log S).
    event_jacobian : (K, 2K) float
        Derivative of `events` with respect to theta.
    """

    hazard: Floats
    censoring: Floats
    at_risk: Floats
    events: Floats
    greenwood: Floats
    step_hazard: Floats
    step_censoring: Floats
    event_jacobian: Floats
    greenwood_jacobian: Floats

    @property
    def cells(self) -> int:
        """Number of cells K."""
        return len(self.events)

    @property
    def survival(self) -> Floats:
        """S at the edges, (K + 1,)."""
        return np.exp(-self.hazard)

    def hazard_gradient(self, edge: int) -> Floats:
        """Derivative of the cumulative event hazard at an edge with respect to theta, (2K,)."""
        gradient = np.zeros(2 * self.cells)
        gradient[:edge] = self.step_hazard[:edge]
        return gradient

    def censoring_gradient(self, edge: int) -> Floats:
        """Derivative of the cumulative censoring hazard at an edge with respect to theta, (2K,)."""
        gradient = np.zeros(2 * self.cells)
        gradient[self.cells : self.cells + edge] = self.step_censoring[:edge]
        return gradient

    def log_at_risk_gradient(self, edge: int) -> Floats:
        """Derivative of log expected at risk at an edge with respect to theta, (2K,)."""
        return -self.hazard_gradient(edge) - self.censoring_gradient(edge)

    @property
    def mean_at_risk(self) -> Floats:
        """Average at risk over each cell, (K,)."""
        return 0.5 * (self.at_risk[:-1] + self.at_risk[1:])

    @property
    def mean_at_risk_jacobian(self) -> Floats:
        """Derivative of `mean_at_risk` with respect to theta, (K, 2K)."""
        steps = np.concatenate((self.step_hazard, self.step_censoring))
        cells = self.cells
        cell = np.tile(np.arange(cells), 2)
        at_start = cell[None, :] < np.arange(cells)[:, None]
        at_end = cell[None, :] <= np.arange(cells)[:, None]
        start, end = self.at_risk[:-1, None], self.at_risk[1:, None]
        return -0.5 * (start * at_start + end * at_end) * steps[None, :]


def expected_path(theta: Floats, n: int) -> Expected:
    """Expected path of an arm of `n` patients from theta = (log H_k, log C_k), (2K,)."""
    cells = len(theta) // 2
    steps = np.exp(np.clip(theta, -40.0, 4.0))
    event, censor = steps[:cells], steps[cells:]
    total = event + censor
    hazard = np.concatenate(([0.0], np.cumsum(event)))
    censoring = np.concatenate(([0.0], np.cumsum(censor)))
    at_risk = n * np.exp(-np.minimum(hazard + censoring, 40.0))
    share = event / total
    left = -np.expm1(-total)
    start = at_risk[:-1]
    events = start * left * share
    # own-cell derivatives of  Y (1 - e^-T) H/T  with respect to H and C
    slope = np.exp(-total) * share
    by_event = start * (slope + left * censor / total**2)
    by_censor = start * (slope - left * event / total**2)
    grown = np.expm1(total)
    variance = share * grown / start
    variance_by_event = (np.exp(total) * share + grown * censor / total**2) / start
    variance_by_censor = (np.exp(total) * share - grown * event / total**2) / start
    below = np.tri(cells, k=-1)
    event_jacobian = np.hstack(
        (
            (-events[:, None] * below + np.diag(by_event)) * event,
            (-events[:, None] * below + np.diag(by_censor)) * censor,
        )
    )
    variance_jacobian = np.hstack(
        (
            (variance[:, None] * below + np.diag(variance_by_event)) * event,
            (variance[:, None] * below + np.diag(variance_by_censor)) * censor,
        )
    )
    zero = np.zeros((1, 2 * cells))
    return Expected(
        hazard,
        censoring,
        at_risk,
        events,
        np.concatenate(([0.0], np.cumsum(variance))),
        event,
        censor,
        event_jacobian,
        np.vstack((zero, np.cumsum(variance_jacobian, axis=0))),
    )


@dataclass(frozen=True)
class ExpectedCox:
    """Log hazard ratio and log standard error of a pair's expected counts, with gradients for both arms.

    Each gradient has the length of that arm's theta.
    """

    log_hazard_ratio: float
    log_standard_error: float
    ratio_gradient: tuple[Floats, Floats]
    error_gradient: tuple[Floats, Floats]


def expected_cox(reference: Expected, experimental: Expected) -> ExpectedCox:
    """Cox partial likelihood (Cox 1972) of the expected counts of two arms on a common grid.

    Cells are the risk sets; the arms may end at different cells. Gradients by implicit differentiation of
    the score.
    """
    cells = max(reference.cells, experimental.cells)
    d0, d1 = _padded(reference.events, cells), _padded(experimental.events, cells)
    y0 = np.maximum(_padded(reference.mean_at_risk, cells), 1e-9)
    y1 = np.maximum(_padded(experimental.mean_at_risk, cells), 1e-9)
    total = d0 + d1
    beta, information = 0.0, 1e-9
    share = y1 / (y0 + y1)
    for _ in range(60):
        weighted = y1 * np.exp(beta)
        share = weighted / (y0 + weighted)
        information = max(float(np.sum(total * share * (1 - share))), 1e-9)
        step = float(np.clip((np.sum(d1) - np.sum(total * share)) / information, -1.0, 1.0))
        beta += step
        if abs(step) < 1e-10:
            break
    spread = share * (1 - share)
    bend = total * spread * (1 - 2 * share)
    ratios, errors = [], []
    for arm, side in ((reference, 0), (experimental, 1)):
        sign = 1.0 if side else -1.0
        k = arm.cells
        per_event = (1 - share if side else -share)[:k]
        # share moves by spread * d(log y1 - log y0 + beta)
        log_risk = sign * arm.mean_at_risk_jacobian / (y1 if side else y0)[:k, None]
        ratio = (per_event @ arm.event_jacobian - (total * spread)[:k] @ log_risk) / information
        change = spread[:k] @ arm.event_jacobian + bend[:k] @ log_risk + bend.sum() * ratio
        ratios.append(ratio)
        errors.append(-0.5 * change / information)
    return ExpectedCox(
        beta, -0.5 * float(np.log(information)), (ratios[0], ratios[1]), (errors[0], errors[1])
    )


def _padded(values: Floats, cells: int) -> Floats:
    return np.concatenate((values, np.zeros(cells - len(values))))

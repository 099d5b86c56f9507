"""Whole patients a cell: integer events and censorings that follow an expected path and meet the printed
numbers.

Counts are laid down cell by cell with the rounding error carried forward, then improved by moving single
patients (between neighbouring cells, or from event to censoring) until no move brings them nearer.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from digitized.curve import Floats, Ints
from digitized.summary.expected import Expected
from digitized.summary.grid import Grid, printed_times
from digitized.summary.quantities import ArmSummary

BROKEN = 1e3  # cost of breaking a number that every draw must meet
LARGE_CELL = 60  # events in a cell above which its survival factor is taken in closed form
EMPTY = 1e-3  # stands for nobody left at risk in a logarithm
NARROWEST = 3.0  # expected exits that a cell without a printed edge gathers


@dataclass(frozen=True)
class Counts:
    """Integer counts: `breaks` are grid edges (J + 1,), `events` and `censored` (J,); the rest stay to the
    end.
    """

    breaks: Ints
    events: Ints
    censored: Ints
    cost: float

    @property
    def broken(self) -> bool:
        """Whether a number that every draw must meet is missed."""
        return self.cost >= BROKEN / 2


@dataclass(frozen=True)
class _Targets:
    """Printed numbers by cell: NaN where nothing is printed. Survival and at risk refer to the cell's end."""

    survival: Floats
    at_risk: Floats
    rate: Floats
    printed_at_risk: Floats
    median: int | None  # the cell that ends at the median; J when it was not reached
    total: int | None
    expected_total: float
    n: int


def whole_counts(path: Expected, arm: ArmSummary, grid: Grid) -> Counts:
    """Integer counts for one expected path of one arm."""
    breaks = _breaks(path, arm, grid)
    targets = _targets(path, arm, grid, breaks)
    events, censored = _laid_down(targets)
    return Counts(breaks, *_improved(events, censored, targets))


def other_counts(counts: Counts, path: Expected, arm: ArmSummary, grid: Grid, most: int = 40) -> list[Counts]:
    """Counts one patient's move away that break nothing, the least costly first."""
    targets = _targets(path, arm, grid, counts.breaks)
    candidates = np.stack((counts.events, counts.censored)) + _moves(len(counts.events))
    costs = _cost(candidates[:, 0], candidates[:, 1], targets)
    order = [int(i) for i in np.argsort(costs)[:most] if costs[i] < BROKEN / 2]
    return [Counts(counts.breaks, candidates[i, 0], candidates[i, 1], float(costs[i])) for i in order]


def _breaks(path: Expected, arm: ArmSummary, grid: Grid) -> Ints:
    printed = {grid.edge(time) for time in printed_times(arm) if time <= grid.edges[path.cells]}
    breaks = [0]
    for edge in range(1, path.cells):
        if edge in printed or path.at_risk[breaks[-1]] - path.at_risk[edge] >= NARROWEST:
            breaks.append(edge)
    return np.array([*breaks, path.cells], dtype=np.int64)


def _targets(path: Expected, arm: ArmSummary, grid: Grid, breaks: Ints) -> _Targets:
    ends = breaks[1:]
    cell = {int(edge): j for j, edge in enumerate(ends)}
    rate, printed = np.full(len(ends), np.nan), np.full(len(ends), np.nan)
    for landmark in arm.rates:
        if grid.edge(landmark.time) in cell:
            rate[cell[grid.edge(landmark.time)]] = landmark.estimate.value
    for count in arm.at_risk:
        if count.time > 0 and grid.edge(count.time) in cell:
            printed[cell[grid.edge(count.time)]] = count.n
    median: int | None = None
    if arm.median is not None:
        finite = math.isfinite(arm.median.value)
        median = cell.get(grid.edge(arm.median.value)) if finite else len(ends)
    return _Targets(
        path.survival[ends],
        path.at_risk[ends],
        rate,
        printed,
        median,
        arm.events,
        float(path.events.sum()),
        arm.n,
    )


def _laid_down(targets: _Targets) -> tuple[Ints, Ints]:
    cells = len(targets.survival)
    events, censored = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    left, log_survival = targets.n, 0.0
    for j in range(cells):
        printed = targets.printed_at_risk[j]
        after = int(min(printed if np.isfinite(printed) else np.rint(targets.at_risk[j]), left))
        middle = 0.5 * (left + after)
        wish = (log_survival - math.log(max(targets.survival[j], 1e-12))) * middle
        events[j] = int(np.clip(np.rint(wish), 0, left if left - after < wish else left - after))
        censored[j] = max(left - after - events[j], 0)
        log_survival += float(_log_factor(np.array(left), events[j : j + 1], censored[j : j + 1])[0])
        left -= int(events[j] + censored[j])
    return events, censored


def event_slots(events: int, censored: int) -> Ints:
    """Places of a cell's events among its exits, from 0, as even as whole places allow."""
    spacing = (events + censored) / max(events, 1)
    return np.floor((np.arange(events) + 0.5) * spacing).astype(np.int64)


def _log_factor(start: Ints, events: Ints, censored: Ints) -> Floats:
    """Log survival factor of cells with events at `event_slots`; large cells by a closed form."""
    start, events, censored = np.broadcast_arrays(start, events, censored)
    spacing = (events + censored) / np.maximum(events, 1)
    factor = np.zeros(events.shape)
    most = events.reshape(-1, events.shape[-1]).max(axis=0, initial=0)
    large = most > LARGE_CELL
    if large.any():
        factor[..., large] = _closed_factor(start[..., large], events[..., large], spacing[..., large])
    for i in range(int(most[~large].max(initial=0))):
        cells = np.flatnonzero((most > i) & ~large)
        at_risk = start[..., cells] - np.floor((i + 0.5) * spacing[..., cells])
        here = np.log(np.maximum(at_risk - 1, EMPTY) / np.maximum(at_risk, 1))
        factor[..., cells] += np.where(i < events[..., cells], here, 0.0)
    return factor


def _closed_factor(start: Ints, events: Ints, spacing: Floats) -> Floats:
    """The sum over evenly spaced events by log gamma functions, spaces not rounded to whole places.

    sum over i < d of log(A - i s) = d log s + log Gamma(A / s + 1) - log Gamma(A / s + 1 - d).
    """
    spacing = np.maximum(spacing, 1.0)
    first = (start + 0.5 - 0.5 * spacing) / spacing + 1

    def total(top: Floats) -> Floats:
        return np.asarray(gammaln(np.maximum(top, EMPTY)) - gammaln(np.maximum(top - events, EMPTY)))

    return np.where(events > 0, total(first - 1 / spacing) - total(first), 0.0)


def _cost(events: Ints, censored: Ints, targets: _Targets) -> Floats:
    """Distance of candidate counts, (..., J) each, from the path and the printed numbers, (...,)."""
    after = targets.n - np.cumsum(events + censored, axis=-1)
    start = after + events + censored
    log_survival = np.cumsum(_log_factor(start, events, censored), axis=-1)
    if targets.median is not None and targets.median < events.shape[-1]:
        log_survival[..., targets.median :] += _last_is_event(start, events, censored, targets.median)
    survival = np.exp(log_survival)
    # Deviations from the path count in steps of one patient.
    step = np.maximum(after, 1.0)
    off = (log_survival - np.log(np.maximum(targets.survival, 1e-12))) * step
    cost = 0.3 * np.sum(np.minimum(off**2, 50.0), axis=-1)
    cost = cost + 0.1 * np.sum((after - targets.at_risk) ** 2 / (1 + 0.02 * targets.at_risk), axis=-1)
    invalid = (events < 0) | (censored < 0) | (after < 0)
    cost = cost + 1e9 * np.any(invalid, axis=-1)
    missed = np.nan_to_num(np.abs(survival - targets.rate))
    cost = cost + np.sum((missed / 0.004) ** 2 + BROKEN * np.maximum(missed / 0.013 - 1, 0), axis=-1)
    risk = np.nan_to_num(np.abs(after - targets.printed_at_risk))
    cost = cost + np.sum(risk**2 + BROKEN * np.maximum(risk - 2, 0), axis=-1)
    if targets.total is not None:
        cost = cost + BROKEN * np.abs(events.sum(axis=-1) - targets.total)
    else:
        cost = cost + 0.5 * (events.sum(axis=-1) - targets.expected_total) ** 2
    if targets.median is not None:
        cost = cost + BROKEN * _median_misses(survival, after, events, targets.median)
    return np.asarray(cost, dtype=float)


def _median_misses(survival: Floats, after: Ints, events: Ints, cell: int) -> Floats:
    """How far S is from crossing one half at the last event of the median's cell (0: it does).

    A cell beyond the last means that the median was not reached.
    """
    above = survival[..., :cell]
    misses = np.sum(np.maximum(0.5 + 1e-6 - above, 0) * 20 + (above <= 0.5 + 1e-6), axis=-1)
    if cell < survival.shape[-1]:
        last = survival[..., cell]
        # In the median's cell an event is the last exit: one more patient was at risk before it.
        before = last * (after[..., cell] + 1) / np.maximum(after[..., cell], 1e-9)
        misses = misses + (last > 0.5 + 1e-6) * (1 + 20 * (last - 0.5))
        misses = misses + (before <= 0.5 + 1e-6) * (1 + 20 * np.maximum(0.5 - before, 0))
        misses = misses + (events[..., cell] < 1)
    return np.asarray(misses, dtype=float)


def _last_is_event(start: Ints, events: Ints, censored: Ints, cell: int) -> Floats:
    """Change of log S when the last event of a cell becomes its last exit, (..., 1)."""
    first, deaths, losses = start[..., cell], events[..., cell], censored[..., cell]
    slot = np.floor((deaths - 0.5) * (deaths + losses) / np.maximum(deaths, 1))
    evenly, at_end = first - slot, first - deaths - losses + 1
    change = np.log(np.maximum(at_end - 1, EMPTY) / np.maximum(at_end, 1))
    change = change - np.log(np.maximum(evenly - 1, EMPTY) / np.maximum(evenly, 1))
    return np.where(deaths > 0, change, 0.0)[..., None]


def _moves(cells: int) -> Ints:
    """Single-patient moves, (moves, 2, J): changes of events and of censorings."""
    one = np.eye(cells, dtype=np.int64)
    shift = one[1:] - one[:-1]
    none = np.zeros_like(one)
    zero = np.zeros_like(shift)
    pairs = [
        (one, none), (-one, none), (none, one), (none, -one), (one, -one), (-one, one),
        (shift, zero), (-shift, zero), (zero, shift), (zero, -shift),
    ]  # fmt: skip
    return np.concatenate([np.stack(pair, axis=1) for pair in pairs])


def _improved(events: Ints, censored: Ints, targets: _Targets, rounds: int = 200) -> tuple[Ints, Ints, float]:
    near = _moves(len(events))
    state = np.stack((events, censored))
    cost = float(_cost(state[0], state[1], targets))
    for _ in range(rounds):
        candidates = state + near
        costs = _cost(candidates[:, 0], candidates[:, 1], targets)
        least = int(np.argmin(costs))
        if costs[least] >= cost - 1e-9 and cost > BROKEN / 2:
            # Stuck with a printed number broken: let patients change places over any distance.
            candidates = state + _far_moves(len(events))
            costs = _cost(candidates[:, 0], candidates[:, 1], targets)
            least = int(np.argmin(costs))
        if costs[least] >= cost - 1e-9:
            break
        state, cost = candidates[least], float(costs[least])
    return state[0], state[1], cost


def _far_moves(cells: int) -> Ints:
    """Over any distance: an event and a censoring change places, one of them moves, or one becomes the other."""
    one = np.eye(cells, dtype=np.int64)
    at, other = np.repeat(one, cells, axis=0), np.tile(one, (cells, 1))
    change, none = at - other, np.zeros_like(at)
    pairs = [(change, -change), (change, none), (none, change), (at, -other), (-at, other)]
    return np.concatenate([np.stack(pair, axis=1) for pair in pairs])

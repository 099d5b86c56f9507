"""When the patients of a trial are censored, where nothing was printed that tells: laws, uncertain.

Some withdraw soon, some along the way or are still followed when the figure ends; the others are censored by one day
of cut-off, after recruitment was over. Of a curve that ends at T, with x = t / T, the share censored by x is a mixture
of three distributions of Kumaraswamy (J Hydrology 1980;46:79), K(x; a, b) = 1 - (1 - x^a)^b:

    C(x) = W(v K(x; 1, c) + (1 - v) (w K(x; 1, d) + (1 - w) K(x; a, b))),

with b such that half of the last part are censored by m. Logits of v, w and m and logs of c, d and a are normal, those
of m and a correlated, and W is a random distribution function around the even one: a Dirichlet process (Ferguson, Ann
Stat 1973;1:209) of concentration `CONCENTRATION`, taken at `CELLS` even cells. At a share of x its SD is
sqrt(x (1 - x) / (CONCENTRATION + 1)).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from digitized.curve import Floats

# Means and SDs. The censorings of 55 arms in 29 real figures (trials of kmdata and the data of R's survival) gave, by
# maximum likelihood with events as its censorings and Laplace's approximation over the figures, about these means and
# SDs of 1.6, 0.45, 1.5, 0.45, 0.75 and 0.6. Few arms are typical of all: with SDs near those, 90 % bands of draws held
# the log hazard ratio of large arms too seldom, so those of the two last parts were widened until the bands of the
# numbers at risk of arms of more than 200 held 0.87 of the truth.
LOGIT_EARLY, LOG_EARLINESS = (-4.2, 1.4), (2.1, 0.5)
LOGIT_GRADUAL, LOG_GRADUALNESS = (-0.9, 2.2), (-1.0, 0.5)
LOGIT_MIDDLE, LOG_SHARPNESS, MIDDLE_SHARPNESS = (0.4, 1.1), (1.4, 1.0), 0.6
CONCENTRATION = 15.0
CELLS = 10
SLIGHT = 1e-12


@dataclass(frozen=True)
class CensoringLaw:
    """One law of censoring, or M of them.

    Attributes
    ----------
    early, earliness : () or (M, 1) float
        v and c: who withdraws soon, and how soon.
    gradual, gradualness : () or (M, 1) float
        w and d: who leaves along the way, and how far toward the start.
    middle, sharpness : () or (M, 1) float
        m and a: by when half of the others are censored, and how much at once.
    share : (CELLS + 1,) or (M, CELLS + 1) float
        W at the edges of its cells.
    """

    early: Floats
    earliness: Floats
    gradual: Floats
    gradualness: Floats
    middle: Floats
    sharpness: Floats
    share: Floats

    def __call__(self, x: Floats) -> Floats:
        """Share censored by x of the time, both 0-1: (K,) or (M, K) for x (K,)."""
        soon = 1.0 - (1.0 - x) ** self.earliness
        along = 1.0 - (1.0 - x) ** self.gradualness
        reached = np.clip(self.middle**self.sharpness, SLIGHT, 1.0 - SLIGHT)
        thinning = np.log(0.5) / np.log1p(-reached)
        late = 1.0 - (1.0 - x**self.sharpness) ** thinning
        mixed = self.early * soon + (1.0 - self.early) * (self.gradual * along + (1.0 - self.gradual) * late)
        cell = np.minimum((mixed * CELLS).astype(np.int64), CELLS - 1)
        low, high = (np.take_along_axis(self.share, cell + edge, -1) for edge in (0, 1))
        return low + (mixed * CELLS - cell) * (high - low)

    def one(self, index: int) -> "CensoringLaw":
        """One of many."""
        return CensoringLaw(
            self.early[index, 0], self.earliness[index, 0], self.gradual[index, 0], self.gradualness[index, 0],
            self.middle[index, 0], self.sharpness[index, 0], self.share[index],
        )  # fmt: skip

    def sample(self, censored: float, rng: np.random.Generator) -> "CensoringLaw":
        """What so many patients censored by this one law come to: a multinomial sample of its cells."""
        count = max(round(censored), 1)
        return replace(self, share=_edges(rng.multinomial(count, np.diff(self.share)) / count))


def drawn_laws(count: int, rng: np.random.Generator) -> CensoringLaw:
    """Draw `count` laws."""

    def normal(mean: float, sd: float) -> Floats:
        return mean + sd * rng.standard_normal((count, 1))

    middle = rng.standard_normal((count, 1))
    sharpness = MIDDLE_SHARPNESS * middle + np.sqrt(1.0 - MIDDLE_SHARPNESS**2) * rng.standard_normal(
        (count, 1)
    )
    return CensoringLaw(
        early=expit(normal(*LOGIT_EARLY)),
        earliness=np.exp(normal(*LOG_EARLINESS)),
        gradual=expit(normal(*LOGIT_GRADUAL)),
        gradualness=np.exp(normal(*LOG_GRADUALNESS)),
        middle=expit(LOGIT_MIDDLE[0] + LOGIT_MIDDLE[1] * middle),
        sharpness=np.exp(LOG_SHARPNESS[0] + LOG_SHARPNESS[1] * sharpness),
        share=_edges(rng.dirichlet(np.full(CELLS, CONCENTRATION / CELLS), count)),
    )


def _edges(cells: Floats) -> Floats:
    """Distribution function at the edges of cells of these shares."""
    total = np.cumsum(cells, axis=-1)
    return np.concatenate((np.zeros((*total.shape[:-1], 1)), total), axis=-1).clip(0.0, 1.0)

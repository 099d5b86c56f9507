"""Separating the strokes of a plot by colour.

Colours are handled as absorbance, ground minus pixel: along an anti-aliased edge it keeps its direction and
only shrinks, so a pixel is a coverage times a stroke's colour.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitized.figure.raster.image import Pixels, paper_colour

Coverage = npt.NDArray[np.float32]

#: Absorbance below which a pixel is ground.
FAINT = 0.12
#: Two strokes whose absorbances enclose a smaller angle (degrees) are one colour.
_SAME_ANGLE = 8.0
#: Spread (degrees) of a stroke's own pixels about its direction.
_SPREAD = 5.0
#: Widest inside of an open censor mark, pixels.
_LARGEST_MARK = 14
#: A colour must be met in this share of the plot's columns to be a curve.
_LEAST_COLUMNS = 0.12


@dataclass(frozen=True)
class Ink:
    """One colour of a plot.

    Attributes
    ----------
    rgb : (3,) float
        The stroke's colour on this picture's ground.
    coverage : (H, W) float32
        Share of each pixel covered by strokes of this colour, 0-1.
    other : (H, W) float32
        Share covered by anything else, under which the stroke may run on.
    strength : float
        Absorbance of a full stroke, 0 to sqrt(3).
    direction : (3,) float
        Unit vector of its absorbance.
    """

    rgb: Pixels
    coverage: Coverage
    other: Coverage
    strength: float
    direction: Pixels

    @property
    def neutral(self) -> bool:
        """Whether the colour is black or grey."""
        return float(np.ptp(self.rgb)) < 0.12


def local_ground(area: Pixels) -> Pixels:
    """Ground under the strokes: the paper, or the tint of a confidence band where one lies.

    The tint is a closing per channel: whatever is thinner than a band is taken away.
    """
    if not has_bands(area):
        return np.broadcast_to(paper_colour(area), area.shape).astype(np.float32)
    size = 2 * max(4, area.shape[0] // 80) + 1
    return np.stack([ndimage.grey_closing(area[..., i], size=(size, size)) for i in range(3)], axis=2)


def has_bands(area: Pixels) -> bool:
    """Whether confidence bands are shaded: a tint is one flat colour throughout a neighbourhood."""
    absorbed = np.linalg.norm(paper_colour(area) - area, axis=2)
    flat = ndimage.maximum_filter(absorbed, 5) - ndimage.minimum_filter(absorbed, 5) < 0.05
    return bool(((absorbed > 0.04) & flat).mean() > 0.01)


def find_inks(area: Pixels, masked: npt.NDArray[np.bool_], colours: tuple[Pixels, ...] = ()) -> list[Ink]:
    """Colours of the strokes in `area`, each with its coverage.

    Parameters
    ----------
    area : (H, W, 3) float32
        The plot region.
    masked : (H, W) bool
        Text, gridlines and borders: never a stroke, but a stroke may run under them.
    colours : tuple of (3,) float
        Colours named by the user; () to find them.
    """
    ground = local_ground(area)
    absorbed = ground - area
    size = np.linalg.norm(absorbed, axis=2)
    print_ = (size > FAINT) & ~masked
    hue = absorbed
    if _is_grainy(absorbed, size):
        # JPEG spreads the colour of a thin stroke over its neighbourhood, but keeps the sum.
        hue = ndimage.uniform_filter(absorbed * ~masked[..., None], size=(5, 5, 1))
    unit = hue / np.maximum(np.linalg.norm(hue, axis=2), 1e-6)[..., None]
    if colours:
        paper = paper_colour(area)
        vectors = [paper - colour for colour in colours]
        directions = [v / max(float(np.linalg.norm(v)), 1e-6) for v in vectors]
        families = _merged(directions, [])
    else:
        families = _directions(unit, size, print_)
    if not families:
        return []
    angles = np.stack([_angle(unit, direction) for direction in families])
    nearest = angles.min(axis=0)
    inks: list[Ink] = []
    bands = has_bands(area)
    for index, direction in enumerate(families):
        share = np.exp(-(angles[index] ** 2 - nearest**2) / (2 * _SPREAD**2))
        share *= np.exp(-(np.clip(nearest - 20, 0, None) ** 2) / (2 * 10**2))
        along = np.clip(absorbed @ direction, 0, None)
        strength = along * share * ~masked
        for full in _strengths(strength, share):
            coverage = np.clip(strength / full, 0, 1).astype(np.float32)
            # Under half an ink's strength there is no stroke, only the halo of one or a faint gridline.
            coverage = np.where(coverage > 0.2, coverage, 0).astype(np.float32)
            # Only paper: within the rim of a darker disc lies another ink.
            coverage = np.where(size > 1.5 * FAINT, coverage, with_solid_marks(coverage))
            if (coverage > 0.5).any(axis=0).mean() < _LEAST_COLUMNS:
                continue
            # Not ground minus absorbance: on a band the ground is not the paper.
            colour = np.median(area[(strength > 0.9 * full) & (strength < 1.1 * full)], axis=0)
            if not np.isfinite(colour).all():
                colour = np.clip(paper_colour(area) - full * direction, 0, 1)
            if bands:
                coverage = np.where(coverage < 0.3, _undimmed(area, colour) * ~masked, coverage)
            other = np.clip(size / 0.5, 0, 1) * (1 - coverage) * (size > 1.5 * FAINT)
            other = np.where(masked, 1.0, np.where(share > 0.5, 0.0, other)).astype(np.float32)
            inks.append(Ink(colour.astype(np.float32), coverage, other, full, direction))
    return inks


def with_solid_marks(coverage: Coverage) -> Coverage:
    """Coverage with the insides of small round marks filled: an open circle hides the curve that runs through it.

    What two strokes enclose between them where they cross is no mark: it is long, or fills its box to the corners.
    """
    labels, _ = ndimage.label(coverage < 0.3)
    slices = ndimage.find_objects(labels)
    areas = np.bincount(labels.ravel())[1:]
    inside: list[int] = []
    round_: list[int] = []
    for index, ((rows, columns), area) in enumerate(zip(slices, areas, strict=True), start=1):
        high, wide = rows.stop - rows.start, columns.stop - columns.start
        if not 2 <= min(high, wide) <= max(high, wide) <= min(_LARGEST_MARK, 1.6 * min(high, wide) + 1):
            continue
        share = area / (high * wide)
        # A circle of few pixels is a square.
        most = 0.93 if min(high, wide) > 6 else 1.01
        if 0.45 < share < most:
            inside.append(index)
        if min(high, wide) >= 4 and abs(high - wide) <= 1 and 0.5 < share < most:
            round_.append(max(high, wide))
    # Crosses that stand close together enclose gaps as well, of any size; marks are of one size.
    if len(round_) < 3 or np.quantile(np.abs(np.array(round_) - np.median(round_)), 0.5) > 1:
        return coverage
    return np.where(np.isin(labels, inside), np.float32(1), coverage)


def _undimmed(area: Pixels, colour: Pixels) -> Coverage:
    """Coverage by a stroke drawn over the bands: there its own colour tells it, whatever lies under it."""
    reach = 0.2 * float(np.linalg.norm(paper_colour(area) - colour))
    likeness = 1 - np.linalg.norm(area - colour, axis=2) / max(reach, 0.05)
    return np.where(likeness > 0.4, likeness, 0).astype(np.float32)


def _is_grainy(absorbed: Pixels, size: Coverage) -> bool:
    """Whether the ground carries the grain of a lossy compression: many faint shades."""
    faint = (size > 0.006) & (size < 0.06)
    if faint.mean() < 0.004:
        return False
    shades = np.unique(np.rint(absorbed[faint] * 255).astype(np.int64) @ np.array([1, 1000, 1000000]))
    return shades.size > 80


def _angle(unit: Pixels, direction: Pixels) -> npt.NDArray[np.float32]:
    return np.degrees(np.arccos(np.clip(unit @ direction, -1, 1))).astype(np.float32)


def _directions(unit: Pixels, size: Coverage, print_: npt.NDArray[np.bool_]) -> list[Pixels]:
    """Directions of absorbance that many stroke centres share, commonest first."""
    core = print_ & (size >= 0.92 * ndimage.maximum_filter(size, size=3))
    columns = np.nonzero(core)[1]
    vectors, weights = unit[core], size[core]
    alive = np.ones(weights.size, dtype=bool)
    least = _LEAST_COLUMNS * unit.shape[1]
    found: list[Pixels] = []
    while alive.sum() > least and len(found) < 12:
        cells = np.rint(vectors * 14).astype(np.int64)
        codes = (cells[:, 0] * 100 + cells[:, 1]) * 100 + cells[:, 2]
        values, inverse = np.unique(codes[alive], return_inverse=True)
        direction = vectors[alive][inverse == np.argmax(np.bincount(inverse, weights[alive]))].mean(axis=0)
        for _ in range(5):
            near = alive & (vectors @ direction > np.linalg.norm(direction) * np.cos(np.radians(_SAME_ANGLE)))
            if not near.any():
                break
            direction = (vectors[near] * weights[near, None]).sum(axis=0)
            direction /= np.linalg.norm(direction)
        near = alive & (vectors @ direction > np.cos(np.radians(1.3 * _SAME_ANGLE)))
        if not near.any() or values.size == 0:
            break
        if np.unique(columns[near]).size > least:
            found.append(direction.astype(np.float32))
        alive &= ~near
    return _merged(found, [])


def _merged(directions: list[Pixels], kept: list[Pixels]) -> list[Pixels]:
    for direction in directions:
        if all(float(direction @ other) < np.cos(np.radians(0.9 * _SAME_ANGLE)) for other in kept):
            kept.append(direction)
    return kept


def _strengths(strength: Coverage, share: npt.NDArray[np.float32]) -> list[float]:
    """Absorbance of a full stroke in this direction; several where, say, grey and black strokes share it."""
    core = (
        (share > 0.5)
        & (strength > 1.2 * FAINT)
        & (strength >= 0.95 * ndimage.maximum_filter(strength, size=3))
    )
    if not core.any():
        return []
    values = strength[core]
    columns = np.nonzero(core)[1]
    counts, edges = np.histogram(values, bins=24, range=(0, 1.8))
    smooth = ndimage.gaussian_filter1d(counts.astype(float), 1.0)
    peaks = [
        i
        for i in range(24)
        if smooth[i] >= smooth[max(0, i - 2) : i + 3].max() and smooth[i] > 0.12 * smooth.max()
    ]
    found: list[float] = []
    for i in peaks:
        near = np.abs(values - 0.5 * (edges[i] + edges[i + 1])) < 0.1
        if np.unique(columns[near]).size > _LEAST_COLUMNS * strength.shape[1]:
            found.append(float(np.median(values[near])))
    if not found:
        return [float(np.quantile(values, 0.8))]
    # Anti-aliasing alone spreads one stroke over strengths within a factor of two.
    separate = [max(found)]
    for value in sorted(found, reverse=True)[1:]:
        if value < 0.62 * separate[-1]:
            separate.append(value)
    return separate

"""The anchors of a clip, chosen together by dynamic programming.

An anchor is worth the footage that it stands for: each moment of a shot counts with the best
anchor's score times their likeness (facility location on a line). The best anchor of a moment is
taken to be the last one before it or the next one after it, so that the sum falls apart into
terms of neighbouring anchors and has an exact optimum, in O(n k) for n moments and k successors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.model.measured import Shot, Unusable
from landfast.planning.anchors import Scores, Spot, score_frames, with_place
from landfast.planning.moments import Moments, moments_of
from landfast.planning.segments import frames_of
from landfast.vision.analysis.table import FrameTable

LEAST_S: Final = 0.6
"""Least time between two anchors of a shot."""
COST_S: Final = 0.25
"""Seconds of well covered footage that one more anchor must bring."""
MISFIT_S: Final = 0.25
"""Seconds that neighbours cost which do not go together at all."""


def best_frames(
    table: FrameTable, clip: Clip, shots: Sequence[Shot], unusable: Sequence[Unusable]
) -> tuple[Spot, ...]:
    """The frames that together hold best what the clip shows, outside all faults.

    Every shot that has a usable frame with a score above zero has at least one. The same table
    gives the same frames; of equally good sets the one with fewer, then earlier frames.
    """
    scores = score_frames(table, clip, shots)
    faulty = np.zeros(clip.frames, bool)
    for fault in unusable:
        faulty[list(frames_of(fault.span, clip))] = True
    spots: list[Spot] = []
    for shot in shots:
        moments = moments_of(frames_of(shot.span, clip), table, clip, scores, faulty)
        if moments is not None:
            chosen = choose_moments(moments)
            spots.extend(_Set(moments, tuple(chosen)).spots(scores, clip))
    return tuple(spots)


def choose_moments(moments: Moments) -> list[int]:
    """Indices of the moments whose candidates together are worth most, at least one."""
    before, after = _alone(moments)
    own = moments.seconds * moments.worth - COST_S
    best, back = np.full(len(own), -np.inf), np.full(len(own), -1)
    places = [int(at) for at in np.flatnonzero(moments.worth > 0)]
    gains, least = _between(moments), max(1, round(LEAST_S / moments.length_s))
    for rank, place in enumerate(places):
        reach = moments.like.reach
        near = [at for at in places[max(0, rank - reach) : rank] if least <= place - at <= reach]
        options = [(before[place], -1)]
        options += [(best[at] + gains[place - at, at], at) for at in near]
        if not near:
            # Over a long fault nothing that one side shows counts for the other.
            far = [at for at in places[:rank] if place - at > reach]
            options += [(best[at] + after[at] + before[place] - MISFIT_S, at) for at in far]
        best[place], back[place] = max(options, key=lambda one: (round(float(one[0]), 9), -one[1]))
        best[place] += own[place]
    last = max(places, key=lambda at: (round(float(best[at] + after[at]), 9), -at))
    chain = [last]
    while back[chain[-1]] >= 0:
        chain.append(int(back[chain[-1]]))
    return chain[::-1]


def _alone(
    moments: Moments,
) -> tuple[Float64[np.ndarray, " moment"], Float64[np.ndarray, " moment"]]:
    """Seconds that each candidate covers before and after it, within reach, with no other."""
    count = len(moments.worth)
    before, after = np.zeros(count), np.zeros(count)
    for step in range(1, moments.like.reach + 1):
        ahead = moments.like.ahead[step, : count - step]
        after[: count - step] += moments.seconds[step:] * ahead
        before[step:] += moments.seconds[: count - step] * ahead
    return before * moments.worth, after * moments.worth


def _between(moments: Moments) -> Float64[np.ndarray, "step moment"]:
    """What lies between neighbours k and k + s, covered by the better of both, less misfit."""
    gains = np.zeros_like(moments.like.ahead)
    for step in range(1, len(gains)):
        gains[step, :-step] = -MISFIT_S * (1 - moments.fit[step, :-step])
        for part in range(1, step):
            left, right = _cover(moments, step, part)
            stop = len(moments.worth) - step + part
            gains[step, :-step] += moments.seconds[part:stop] * np.maximum(left, right)
    return gains


def _cover(
    moments: Moments, step: int, part: int
) -> tuple[Float64[np.ndarray, " pair"], Float64[np.ndarray, " pair"]]:
    """How well both of a pair `step` apart cover the moment `part` after the first."""
    count = len(moments.worth) - step
    ahead = moments.like.ahead
    left = moments.worth[:count] * ahead[part, :count]
    right = moments.worth[step:] * ahead[step - part, part : part + count]
    return left, right


@dataclass(frozen=True, slots=True)
class _Set:
    """The anchors of one shot, to be told about."""

    moments: Moments
    chosen: tuple[int, ...]

    def spots(self, scores: Scores, clip: Clip) -> list[Spot]:
        """Each chosen frame with what it does for the set."""
        return [self._spot(rank, scores, clip) for rank in range(len(self.chosen))]

    def _spot(self, rank: int, scores: Scores, clip: Clip) -> Spot:
        own = self._own(rank)
        first, stop = self.moments.edges[own[0]], self.moments.edges[own[-1] + 1]
        likes = [self._like(self.chosen[rank], at) for at in own]
        weights = self.moments.seconds[own]
        coverage = float(np.average(likes, weights=weights)) if weights.sum() else 0.0
        fit = self._fit(rank)
        note = (
            f"stands for {float(clip.time_of(first)):.2f}-{float(clip.time_of(stop)):.2f} s"
            f" and holds {coverage:.0%} of what is seen there"
        )
        if fit is not None:
            note += f", fits its neighbours by {fit:.0%}"
        spot = scores.spot(int(self.moments.frames[self.chosen[rank]]))
        return with_place(spot, coverage=coverage, fit=fit, note=note)

    def _own(self, rank: int) -> list[int]:
        """The moments that this anchor covers best of all."""
        worth = self.moments.worth[list(self.chosen)]
        own = []
        for at in range(len(self.moments.worth)):
            covers = [w * self._like(one, at) for w, one in zip(worth, self.chosen, strict=True)]
            near = [-abs(one - at) for one in self.chosen]
            best = max(range(len(covers)), key=lambda k: (round(float(covers[k]), 9), near[k]))
            if best == rank:
                own.append(at)
        return own or [self.chosen[rank]]

    def _like(self, one: int, other: int) -> float:
        step = abs(one - other)
        if step > self.moments.like.reach:
            return 0.0
        return float(self.moments.like.ahead[step, min(one, other)])

    def _fit(self, rank: int) -> float | None:
        pairs = [
            (self.chosen[at], self.chosen[at + 1])
            for at in (rank - 1, rank)
            if 0 <= at < len(self.chosen) - 1
        ]
        reach = len(self.moments.fit) - 1
        fits = [float(self.moments.fit[b - a, a]) if b - a <= reach else 0.0 for a, b in pairs]
        return float(np.mean(fits)) if fits else None

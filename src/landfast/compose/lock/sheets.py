"""What to do about a take that lies warped over its footage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from landfast.compose.lock.decide import REFERENCE_WIDTH, STEADY_PX, State
from landfast.compose.lock.path import parabolas
from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.model.lock import Lock, LockFrame, TimeMap
from landfast.vision.overlay.warp import Sheet, basis_at

_FURTHEST_PX = 8.0
"""Displacement, at 1920 wide, above which a take is no longer mildly warped."""
_LEAST_SEEN, _LEAST_AGREEING = 0.8, 0.6
_HALF_WIDTHS = (6, 4, 2, 1)
_BETTER = 0.8
_LOOKED_AT = (24, 14)
_AGAIN = "generate the take again, or give the mask of what swims with --mask"

Values = Float64[np.ndarray, "frame value"]


@dataclass(frozen=True, slots=True)
class Warp:
    """The take's displacements over all frames, and what they ask for."""

    state: State
    reason: str
    remedy: str
    nodes: Float64[np.ndarray, "frame node 2"]
    """Working pixels, smoothed over time."""
    to_source: float
    """Working to the take's own pixels."""
    size: tuple[int, int]
    before_px: float | None
    before_max_px: float | None
    noise_px: float | None

    def withdrawn(self) -> Warp:
        """What was pulled back did not come nearer."""
        reason = f"pulled back, the take is no nearer than {self.before_px or 0:.2f} px"
        return replace(self, state="unknown", reason=reason, remedy=_AGAIN)

    def described(
        self,
        after: Sequence[Sheet | None],
        take: Clip,
        footage: Clip,
        times: Sequence[float],
        files: dict[str, str],
    ) -> Lock:
        """The record."""
        rest, most = _rest(self, after) if after else (None, None)
        steady, written = self.state == "steady", self.state != "unknown"
        return Lock(
            state=self.state, reason=self.reason, remedy=self.remedy, model="warp",
            frames=take.frames, width=take.width, height=take.height, fps=float(take.fps),
            drift_before_px=_rounded(self.before_px),
            drift_after_px=_rounded(self.before_px if steady else rest),
            drift_before_max_px=_rounded(self.before_max_px),
            drift_after_max_px=_rounded(self.before_max_px if steady else most),
            changed_px=(_rounded(self.before_max_px) or 0.0) if self.state == "locked" else 0.0,
            noise_px=_rounded(self.noise_px), weighed={}, horizon=False, storage="straight",
            time_map=TimeMap(
                rule="frame for frame", overlay_frames=take.frames, overlay_fps=float(take.fps),
                footage_frames=take.frames, footage_fps=float(footage.fps),
            ),
            path=tuple(
                LockFrame(
                    time_s=round(time, 6), overlay_frame=k,
                    before_px=_mean(self, k), after_px=None, corners=None,
                )
                for k, time in enumerate(times)
            ),
            files=files if written else {},
        )  # fmt: skip


def weighed(sheets: Sequence[Sheet | None], size: tuple[int, int], *, source_width: int) -> Warp:
    """Choose by what was measured.

    Args:
        sheets: Of each frame, working pixels.
        size: Of the working pictures.
        source_width: Of the take.
    """
    scale = source_width / size[0]
    seen = [sheet for sheet in sheets if sheet is not None]
    nothing = np.zeros((len(sheets), 0, 2))
    if len(seen) < max(2, _LEAST_SEEN * len(sheets)):
        what = f"the footage was found in only {len(seen)} of {len(sheets)} frames of the take"
        return Warp("unknown", what, _AGAIN, nothing, scale, size, None, None, None)
    noise = float(np.median([sheet.error_px for sheet in seen])) * scale
    raw = _between(sheets)
    nodes = _steadied(raw, size, noise_px=max(2 * noise / scale, 0.06))
    lengths = _lengths(nodes, size) * scale
    before, most = float(np.sqrt(np.square(lengths).mean())), float(lengths.max())
    wide = source_width / REFERENCE_WIDTH
    rest = (nodes, scale, size, before, most, noise)
    agreeing = float(np.median([sheet.agreeing for sheet in seen]))
    if agreeing < _LEAST_AGREEING:
        what = f"only {agreeing:.0%} of the footage lies on one smooth warp in the take"
        return Warp("unknown", what, _AGAIN, *rest)
    if float(np.quantile(lengths, 0.98)) > _FURTHEST_PX * wide:
        return Warp("unknown", f"the take is off by {most:.0f} px: no mild warp", _AGAIN, *rest)
    if before < max(STEADY_PX["near"] * wide, 2 * noise):
        return Warp("steady", f"warp of {before:.2f} px is below what shows", "", *rest)
    return Warp("locked", f"smooth warp of {before:.2f} px RMS taken out", "", *rest)


def judged(warp: Warp, after: Sequence[Sheet | None]) -> bool:
    """Whether what was pulled back is clearly nearer to the footage."""
    if warp.before_px is None or sum(s is not None for s in after) < _LEAST_SEEN * len(after):
        return False
    return _rest(warp, after)[0] < _BETTER * warp.before_px


def _rest(warp: Warp, after: Sequence[Sheet | None]) -> tuple[float, float]:
    nodes = np.array([sheet.nodes for sheet in after if sheet is not None])
    lengths = _lengths(nodes, warp.size) * warp.to_source
    return float(np.sqrt(np.square(lengths).mean())), float(lengths.max())


def _between(sheets: Sequence[Sheet | None]) -> Float64[np.ndarray, "frame node 2"]:
    """Frames that were not measured take what lies between their neighbours."""
    known = [k for k, sheet in enumerate(sheets) if sheet is not None]
    values = np.array([sheet.nodes for sheet in sheets if sheet is not None])
    flat = values.reshape(len(known), -1)
    frames = np.arange(len(sheets))
    columns = [np.interp(frames, known, flat[:, column]) for column in range(flat.shape[1])]
    return np.asarray(np.stack(columns, axis=1).reshape(len(sheets), -1, 2))


def _steadied(
    raw: Float64[np.ndarray, "frame node 2"], size: tuple[int, int], *, noise_px: float
) -> Float64[np.ndarray, "frame node 2"]:
    """Local parabolas over as many frames as take away no more than noise."""
    flat = raw.reshape(len(raw), -1)
    for half in _HALF_WIDTHS:
        if 2 * half + 1 > len(raw):
            continue
        smooth = parabolas(flat, half).reshape(raw.shape)
        off = _lengths(raw - smooth, size)
        if float(np.sqrt(np.square(off).mean())) < noise_px:
            return np.asarray(smooth)
    return raw


def _lengths(
    nodes: Float64[np.ndarray, "frame node 2"], size: tuple[int, int]
) -> Float64[np.ndarray, "frame place"]:
    """How far the sheet lies off over an even grid, working pixels."""
    x, y = (np.linspace(0, side - 1, n) for side, n in zip(size, _LOOKED_AT, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2).astype(np.float32)
    return np.asarray(np.linalg.norm(basis_at(grid, size) @ nodes, axis=2))


def _mean(warp: Warp, frame: int) -> tuple[float, float] | None:
    if warp.nodes.shape[1] == 0:
        return None
    x, y = (warp.nodes[frame].mean(axis=0) * warp.to_source).tolist()
    return round(x, 4), round(y, 4)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

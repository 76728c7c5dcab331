"""Dense motion between two pictures, its consistency, and resampling along it.

Flow is (dx, dy) in pixels of the pictures it was measured on: `b(x + flow(x)) ~ a(x)`, with
(0, 0) at the centre of the top-left pixel. Every function gives the same bytes for any number
of threads.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeVar

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8

_AGREE: Final = 0.002
"""Share of the width."""

Preset = Literal["rough", "brisk", "fast", "medium"]
Border = Literal["edge", "mirror", "black"]
Resampling = Literal["linear", "cubic", "lanczos"]

_PRESETS: Final = {
    "rough": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "brisk": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
_BORDERS: Final = {
    "edge": cv2.BORDER_REPLICATE,
    "mirror": cv2.BORDER_REFLECT_101,
    "black": cv2.BORDER_CONSTANT,
}
_RESAMPLINGS: Final = {
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}
_SMALLEST: Final = 32
"""Pictures narrower or lower than this have no room for the search's 8-pixel patches."""

Picture = TypeVar("Picture", bound=np.ndarray)


def dense_flow(
    a: UInt8[np.ndarray, "height width"],
    b: UInt8[np.ndarray, "height width"],
    *,
    preset: Preset = "fast",
) -> Float32[np.ndarray, "height width 2"]:
    """Motion of every pixel of `a` to `b`, in pixels.

    DIS flow (Kroeger et al., ECCV 2016): patch search on a pyramid, then variational smoothing.
    It follows motion up to about a tenth of the width.

    Args:
        a: Luma or grey of the first picture.
        b: The second, of the same size.
        preset: "medium" is about four times slower and finer; "brisk" is a sixth faster than "fast"
            and differs by 0.02 to 0.04 px; "rough" is for pictures of half the size that others are
            given: as fine in their pixels as "fast" is in its own, and twice as fast.

    Returns:
        Flow from `a` to `b`; zero for pictures below 32 pixels in either direction.
    """
    if min(a.shape) < _SMALLEST:
        return np.zeros((*a.shape, 2), np.float32)
    search = cv2.DISOpticalFlow.create(_PRESETS[preset])
    if preset == "rough":
        search.setFinestScale(1)
        search.setPatchStride(6)
        search.setVariationalRefinementIterations(1)
    elif preset == "brisk":
        search.setVariationalRefinementIterations(3)
    flow: np.ndarray = search.calc(a, b, None)
    return flow


def forward_backward_error(
    forward: Float32[np.ndarray, "height width 2"],
    backward: Float32[np.ndarray, "height width 2"],
) -> Float32[np.ndarray, "height width"]:
    """How far a pixel that goes there and back lands from where it started, in pixels.

    Infinite where the way leads out of the picture. Large values mean that the pixel is hidden
    in the other picture, or that the flow is wrong.
    """
    there = warp(backward, forward, resampling="linear")
    away: np.ndarray = np.hypot(forward[..., 0] + there[..., 0], forward[..., 1] + there[..., 1])
    away[~inside(forward)] = np.inf
    return away


def agreement_px(width: int) -> float:
    """The error there and back up to which flow on a picture this wide can be believed, pixels."""
    return max(0.5, _AGREE * width)


def inside(flow: Float32[np.ndarray, "height width 2"]) -> np.ndarray:
    """True where a pixel's way ends within the picture; bool, height x width."""
    height, width = flow.shape[:2]
    at = pixel_grid(width, height) + flow
    x, y = at[..., 0], at[..., 1]
    within: np.ndarray = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return within


def warp(
    image: Picture,
    flow: Float32[np.ndarray, "height width 2"],
    *,
    resampling: Resampling = "cubic",
) -> Picture:
    """The picture whose pixel x is `image(x + flow(x))`.

    Args:
        image: Any picture or field, height x width (x channels), uint8 or float32.
        flow: Where each pixel is fetched, relative to itself. May be of another size than image;
            outside the image it is the nearest edge pixel.
        resampling: Kernel; "lanczos" (8 taps) keeps the most detail.
    """
    height, width = flow.shape[:2]
    return fetch(image, pixel_grid(width, height) + flow, resampling=resampling)


def fetch(
    image: Picture,
    at: Float32[np.ndarray, "height width 2"],
    *,
    border: Border = "edge",
    resampling: Resampling = "cubic",
) -> Picture:
    """The picture whose pixel x is `image(at(x))`; the absolute form of `warp`."""
    out: Picture = cv2.remap(
        image, at, None, _RESAMPLINGS[resampling], borderMode=_BORDERS[border], borderValue=0
    )
    return out


def homography_flow(
    homography: Float64[np.ndarray, "3 3"], width: int, height: int
) -> Float32[np.ndarray, "height width 2"]:
    """The flow that a homography describes on a picture of the given size."""
    grid = pixel_grid(width, height)
    moved: np.ndarray = cv2.perspectiveTransform(grid.reshape(1, -1, 2), homography)
    flow: np.ndarray = moved.reshape(height, width, 2) - grid
    return flow


@lru_cache(maxsize=8)
def pixel_grid(width: int, height: int) -> Float32[np.ndarray, "height width 2"]:
    """Every pixel's own (x, y); read-only."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    grid = np.dstack([x, y])
    grid.flags.writeable = False
    return grid

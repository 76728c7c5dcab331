"""Depth from motion: error against exact truth, beside two-view stereo, and against real paths.

    python -m benchmarks.depth [--size WIDTHxHEIGHT] [--frames N] [--footage DIR]

AbsRel is the mean of |depth - truth| / truth and `1.25` the share of pixels within a factor of
1.25, over pixels where truth is finite and depth known, after one median scale for the whole span;
`known` is their share; `told` is AbsRel without what is marked as too far for the parallax, and the
share of the known that is left. `pulse` is the spread of the frames' own median scales over their
mean. `path` is the root mean square distance of the camera centres over the path's length, `turn`
the largest error of a frame's rotation. The peer measures the middle frame against a later one:
SIFT, essential matrix with the true focal length, rectification, StereoSGBM.
`--footage` adds the GPS path of gpmf_karma and the published poses of opensfm_berlin.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import scenes
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.media.stills import load_image
from landfast.media.telemetry.path import path_m
from landfast.media.telemetry.read import read_telemetry
from landfast.model.camera import Lens
from landfast.vision.depth import DepthSpan, measure_depth
from landfast.vision.depth.metric import similarity
from landfast.vision.depth.solve import solve
from landfast.vision.geometry.features import match

LAND = scenes.Scene("terrain", seed=21, boxes=scenes.town(4))
CASES: tuple[tuple[str, scenes.PathKind, float], ...] = (
    ("forward", "forward", 60.0),
    ("forward, wide lens", "forward", 80.0),
    ("sideways", "sideways", 60.0),
    ("crane", "crane", 60.0),
    ("orbit", "orbit", 60.0),
    ("orbit, long lens", "orbit", 40.0),
    ("turn only", "pan", 60.0),
    ("still", "still", 60.0),
)


FARTHEST = 3.0
"""Depth counts as at most this many times too far, so that "infinitely far" has a finite error."""


class Errors(NamedTuple):
    """How far depth is from truth."""

    absrel: float
    within: float
    known: float
    pulse: float


def errors(inverse: list[np.ndarray], truth: list[np.ndarray]) -> Errors:
    """Errors over a span after one scale."""
    ratios = []
    for own, depth in zip(inverse, truth, strict=True):
        known = np.isfinite(own) & np.isfinite(depth)
        ratios.append(1 / np.maximum(own[known] * depth[known], 1e-6))
    every = np.concatenate(ratios)
    if not len(every):
        return Errors(math.nan, math.nan, 0.0, math.nan)
    every = np.minimum(every / np.median(every), FARTHEST)
    medians = [float(np.median(each)) for each in ratios if len(each)]
    seen = sum(int(np.isfinite(depth).sum()) for depth in truth)
    return Errors(
        float(np.abs(every - 1).mean()),
        float(((every > 0.8) & (every < 1.25)).mean()),
        len(every) / seen,
        float(np.std(medians) / np.mean(medians)),
    )


def turn_error(span: DepthSpan, cameras: list[scenes.Camera]) -> float:
    """Largest angle, degrees, between measured and true turns since the first frame."""
    return _apart(span, [camera.R @ cameras[0].R.T for camera in cameras])


def _apart(span: DepthSpan, turns: list[np.ndarray]) -> float:
    worst = 0.0
    for pose, true in zip(span.poses, turns, strict=True):
        w, x, y, z = pose.rotation
        sine = math.hypot(x, y, z)
        turn = np.array([x, y, z]) * (2 * math.atan2(sine, w) / max(sine, 1e-12))
        cosine = (np.trace(cv2.Rodrigues(turn)[0] @ true.T) - 1) / 2
        worst = max(worst, math.acos(min(1.0, max(-1.0, cosine))))
    return math.degrees(worst)


def peer(views: list[scenes.View], cameras: list[scenes.Camera]) -> Errors:
    """Two-view stereo of the middle frame with the best of three later frames, by what is known."""
    first = len(views) // 2
    found = [_stereo(views, cameras, first, first + gap) for gap in (2, 5, 9)]
    planes = [plane for plane in found if plane is not None]
    if not planes:
        return Errors(math.nan, math.nan, 0.0, math.nan)
    best = max(planes, key=lambda plane: int(np.isfinite(plane).sum()))
    return errors([best], [views[first].depth])._replace(pulse=math.nan)


def _stereo(
    views: list[scenes.View], cameras: list[scenes.Camera], first: int, second: int
) -> np.ndarray | None:
    if second >= len(views):
        return None
    K, size = cameras[first].K, cameras[first].size
    a, b = (cv2.cvtColor(views[k].image, cv2.COLOR_RGB2GRAY) for k in (first, second))
    pairs = match(a, b)
    one, two = pairs.points_a.astype(float), pairs.points_b.astype(float)
    essential, mask = cv2.findEssentialMat(one, two, K, cv2.RANSAC, 0.999, 1.0)
    if essential is None or essential.shape != (3, 3):
        return None
    _, R, t, _ = cv2.recoverPose(essential, one, two, K, mask=mask)
    R1, R2, P1, P2, Q, _, _ = cv2.stereoRectify(K, None, K, None, size, R, t, alpha=0)
    if abs(P2[0, 3]) < abs(P2[1, 3]):
        return None
    left, right = (
        cv2.remap(image, *cv2.initUndistortRectifyMap(K, None, r, p, size, cv2.CV_32FC1), 1)
        for image, r, p in ((a, R1, P1), (b, R2, P2))
    )
    lowest = -96 if P2[0, 3] > 0 else 0
    matcher = cv2.StereoSGBM.create(lowest, 96, 5, 200, 800, 1, 0, 10, 100, 2)
    disparity = matcher.compute(left, right).astype(np.float32) / 16
    points = cv2.reprojectImageTo3D(disparity, Q)
    good = (disparity > lowest) & np.isfinite(points).all(axis=2) & (points[..., 2] > 0)
    at = points[good] @ R1
    at = at[at[:, 2] > 1e-6]
    plane = np.full(a.shape, np.nan, np.float32)
    x = np.rint(K[0, 0] * at[:, 0] / at[:, 2] + K[0, 2]).astype(int)
    y = np.rint(K[1, 1] * at[:, 1] / at[:, 2] + K[1, 2]).astype(int)
    inside = (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])
    plane[y[inside], x[inside]] = 1 / at[inside, 2]
    return plane if np.isfinite(plane).sum() > 100 else None


def rendered(size: tuple[int, int], frames: int) -> None:
    """One row a motion, ours and the peer's."""
    print(f"{'motion':<20}{'':<10}{'AbsRel':>8}{'1.25':>7}{'known':>7}{'told':>13}{'pulse':>8}{'path':>8}"
          f"{'turn':>7}{'focal':>16}{'s/frame':>9}")  # fmt: skip
    for title, kind, hfov in CASES:
        cameras = scenes.path(kind, frames, size=size, hfov_deg=hfov)
        views = [scenes.render(LAND, camera) for camera in cameras]
        began = time.process_time()
        span = measure_depth([v.image for v in views], [Fraction(k, 25) for k in range(frames)])
        cost = (time.process_time() - began) / frames
        if span.state != "measured":
            print(f"{title:<20}{span.state}: {span.reason} ({cost:.2f} s/frame)", flush=True)
            continue
        own = errors(list(span.inverse), [view.depth for view in views])
        near = [np.where(far, np.nan, i) for far, i in zip(span.far, span.inverse, strict=True)]
        told = errors(near, [view.depth for view in views])
        centres = np.array([pose.position for pose in span.poses])
        true = np.array([camera.centre for camera in cameras])
        length = np.linalg.norm(np.diff(true, axis=0), axis=1).sum()
        apart = similarity(centres, true).rms / length
        assert span.lens is not None
        focal = f"{span.lens.focal_px / cameras[0].focal:.3f} {span.lens.source}"
        print(f"{title:<20}{'landfast':<10}{own.absrel:>8.4f}{own.within:>7.3f}{own.known:>7.3f}"
              f"{told.absrel:>8.4f}{told.known / own.known:>5.0%}"
              f"{own.pulse:>8.4f}{apart:>8.4f}{turn_error(span, cameras):>7.2f}{focal:>16}"
              f"{cost:>9.2f}")  # fmt: skip
        other = peer(views, cameras)
        print(f"{'':<20}{'SGBM':<10}{other.absrel:>8.4f}{other.within:>7.3f}{other.known:>7.3f}",
              flush=True)  # fmt: skip


def gps(footage: Path) -> None:
    """The path over the whole of gpmf_karma against its satellite fixes."""
    path = footage / "real" / "gpmf_karma.mp4"
    clip = probe(path)
    told = read_telemetry(path, clip, want="path")
    assert told is not None
    images, times = [], []
    for picture in decode(path, clip):
        images.append(picture.reduced(640).gray(640))
        times.append(float(picture.time))
    fixes = np.array([float(fix.time) for fix in told.fixes])
    places = path_m(told)
    length = float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
    began = time.process_time()
    solved = solve(images)
    cost = time.process_time() - began
    if solved.structure is None or solved.structure.cameras is None:
        print(f"gpmf_karma: {solved.state}: {solved.reason}")
        return
    centres = solved.structure.cameras.centres
    own = np.stack([np.interp(fixes, times, centres[:, k]) for k in range(3)], axis=1)
    fit = similarity(own, places)
    print(
        f"gpmf_karma, {len(images)} frames, {len(fixes)} fixes over {length:.1f} m: {fit.rms:.2f} m"
        f" apart, {fit.rms / length:.2%} of the length ({cost:.0f} s of CPU)"
    )
    print(f"  {solved.reason}")


def berlin(footage: Path) -> None:
    """Relative poses of three stills against the published reconstruction."""
    folder = footage / "stills" / "opensfm_berlin"
    told: dict[str, Any] = json.loads((folder / "reconstruction_example.json").read_text())[0]
    camera = next(iter(told["cameras"].values()))
    names = sorted(told["shots"])
    images = [load_image(folder / name) for name in names]
    width = 960
    small = [
        np.asarray(cv2.resize(i, (width, round(i.shape[0] * width / i.shape[1])),
                              interpolation=cv2.INTER_AREA))
        for i in images
    ]  # fmt: skip
    focal = camera["focal"] * max(images[0].shape[:2]) * width / images[0].shape[1]
    height = small[0].shape[0]
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    bend = np.array([camera["k1"], camera["k2"], 0, 0, 0])
    lens = Lens(width=width, height=height, focal_px=focal, centre_x=K[0, 2], centre_y=K[1, 2],
                source="given")  # fmt: skip
    straight = [np.asarray(cv2.undistort(image, K, bend)) for image in small]
    span = measure_depth(straight, [Fraction(k) for k in range(len(small))], lens=lens)
    print(f"opensfm_berlin: {span.state}: {span.reason}")
    if span.state != "measured":
        return
    R = [cv2.Rodrigues(np.array(told["shots"][n]["rotation"]))[0] for n in names]
    true = np.array([-r.T @ np.array(told["shots"][n]["translation"])
                     for r, n in zip(R, names, strict=True)])  # fmt: skip
    own = np.array([pose.position for pose in span.poses])
    fit = similarity(own, true)
    length = np.linalg.norm(np.diff(true, axis=0), axis=1).sum()
    turns = [R[k] @ R[0].T for k in range(len(R))]
    print(
        f"  centres {fit.rms / length:.2%} of the path apart, turns {_apart(span, turns):.2f} deg"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="480x270")
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--footage", type=Path, help="folder with real/ and stills/")
    given = parser.parse_args()
    if given.footage:
        gps(given.footage)
        berlin(given.footage)
        return
    width, height = (int(side) for side in given.size.split("x"))
    rendered((width, height), given.frames)


if __name__ == "__main__":
    main()

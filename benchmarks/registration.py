"""Registration of 4K pictures of a plane: error at the corners and time, beside peers.

    python -m benchmarks.registration [--pairs N] [--picture FILE]...

Each pair is one picture and its exact warp by a known homography (a small turn, zoom, tilt and
shift, as between frames up to a second apart), both with a lens's blur, gamma and gain of their
own and fresh sensor noise. The corner error is the mean distance, over the four corners of the
picture, between where the measured and the true homography lead. `ours` is
`landfast.vision.geometry.register.register`; peers are OpenCV's, at full size, as their manuals
have them.
Pictures are 3840 x 2160 parts of a made landscape, or of the pictures given. One thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median
from typing import Any

import cv2
import numpy as np

from benchmarks.footage import ground
from landfast.media.stills import load_image
from landfast.vision.geometry.register import register

WIDTH, HEIGHT = 3840, 2160
MARGIN = 320
Register = Callable[[Any, Any], Any]


def main() -> None:
    """Print one row a way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--picture", type=Path, action="append", default=[])
    parser.add_argument("--peers", type=int, default=3, help="pairs that the peers are given")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    plates = [_plate(load_image(path)) for path in given.picture] or [_made()]
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for number in range(given.pairs):
        a, b, truth = pair(plates[number % len(plates)], number)
        for name, way in WAYS.items():
            if name != "ours" and number >= given.peers:
                continue
            work, began = time.thread_time(), time.perf_counter()
            found = way(a, b)
            took = min(time.thread_time() - work, time.perf_counter() - began)
            results[name].append((corner_error(found, truth), took * 1000))
    print(f"{'':<16}{'pairs':>6}{'mean px':>9}{'median':>9}{'95 %':>9}{'median ms':>11}")
    for name, rows in results.items():
        if not rows:
            continue
        errors = [error for error, _ in rows]
        print(
            f"{name:<16}{len(rows):>6}{fmean(errors):>9.3f}{median(errors):>9.3f}"
            f"{np.quantile(errors, 0.95):>9.3f}{median(ms for _, ms in rows):>11.1f}"
        )


def corner_error(found: Any, truth: Any) -> float:
    """Mean distance at the four corners, pixels; infinite where nothing was found."""
    if found is None:
        return float("inf")
    corners = np.array([[0, 0], [WIDTH - 1, 0], [0, HEIGHT - 1], [WIDTH - 1, HEIGHT - 1]], float)
    ours, true = (cv2.perspectiveTransform(corners[None], H)[0] for H in (found, truth))
    return float(np.linalg.norm(ours - true, axis=1).mean())


def pair(plate: Any, seed: int) -> tuple[Any, Any, Any]:
    """Two views of one plate and the homography from the first to the second."""
    random = np.random.default_rng(seed)
    first, second = (_view(random) for _ in range(2))
    images = [_shot(plate, view, random) for view in (first, second)]
    H = second @ np.linalg.inv(first)
    return images[0], images[1], H / H[2, 2]


def _view(random: np.random.Generator) -> Any:
    """A homography from the plate to a picture of it."""
    turn, zoom = np.radians(random.uniform(-2, 2)), random.uniform(0.97, 1.03)
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    shift = random.uniform(-60, 60, 2)
    tilt = random.uniform(-6e-6, 6e-6, 2)
    middle = np.array([[1, 0, WIDTH / 2], [0, 1, HEIGHT / 2], [0, 0, 1.0]])
    away = np.array([[1, 0, -WIDTH / 2 - MARGIN], [0, 1, -HEIGHT / 2 - MARGIN], [0, 0, 1.0]])
    return middle @ np.array([[c, -s, shift[0]], [s, c, shift[1]], [*tilt, 1]]) @ away


def _shot(plate: Any, view: Any, random: np.random.Generator) -> Any:
    """What a camera makes of the view: blur, its own exposure, noise; grey levels."""
    seen = cv2.warpPerspective(plate, view, (WIDTH, HEIGHT), flags=cv2.INTER_LANCZOS4)
    seen = cv2.GaussianBlur(seen, (0, 0), random.uniform(0.5, 1.2))
    level = np.clip(seen / 255, 0, 1) ** random.uniform(0.85, 1.2) * random.uniform(0.9, 1.05) * 255
    level += random.standard_normal(level.shape, np.float32) * np.float32(2.5)
    return np.clip(np.rint(level), 0, 255).astype(np.uint8)


def _made() -> Any:
    size = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    gray = cv2.cvtColor(ground(*size), cv2.COLOR_BGR2GRAY)
    return cv2.equalizeHist(gray).astype(np.float32)


def _plate(rgb: Any) -> Any:
    size = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    factor = max(size[0] / gray.shape[1], size[1] / gray.shape[0])
    whole = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return whole[: size[1], : size[0]].astype(np.float32)


def _orb(a: Any, b: Any) -> Any:
    """ORB at full size, mutual matches, RANSAC."""
    finder = cv2.ORB.create(nfeatures=4000)
    (at_a, of_a), (at_b, of_b) = finder.detectAndCompute(a, None), finder.detectAndCompute(b, None)
    found = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(of_a, of_b)
    return _robust(at_a, at_b, found, cv2.RANSAC)


def _sift(a: Any, b: Any) -> Any:
    """SIFT at full size, ratio test, MAGSAC++."""
    finder = cv2.SIFT.create(nfeatures=4000)
    (at_a, of_a), (at_b, of_b) = finder.detectAndCompute(a, None), finder.detectAndCompute(b, None)
    found = cv2.BFMatcher().knnMatch(of_a, of_b, k=2)
    clear = [best for best, second in found if best.distance < 0.8 * second.distance]
    return _robust(at_a, at_b, clear, cv2.USAC_MAGSAC)


def _robust(at_a: Any, at_b: Any, found: Any, method: int) -> Any:
    if len(found) < 4:
        return None
    before = np.float32([at_a[match.queryIdx].pt for match in found])
    after = np.float32([at_b[match.trainIdx].pt for match in found])
    return cv2.findHomography(before, after, method, 3.0)[0]


def _ecc(a: Any, b: Any) -> Any:
    """ECC over the whole picture at half size, from ORB's answer."""
    half = np.diag([0.5, 0.5, 1.0])
    half[:2, 2] = -0.25
    near = _orb(a, b)
    if near is None:
        return None
    start = (half @ near @ np.linalg.inv(half)).astype(np.float32)
    small = [cv2.resize(x, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for x in (a, b)]
    ending = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-6)
    try:
        _, H = cv2.findTransformECC(*small, start, cv2.MOTION_HOMOGRAPHY, ending, None, 5)
    except cv2.error:
        return None
    return np.linalg.inv(half) @ H.astype(np.float64) @ half


WAYS: dict[str, Register] = {
    "ours": register,
    "ORB RANSAC": _orb,
    "SIFT MAGSAC": _sift,
    "ECC": _ecc,
}


if __name__ == "__main__":
    main()

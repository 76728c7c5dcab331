"""What people use: a homography a frame by SIFT and RANSAC, and ffmpeg's stabiliser."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

from benchmarks.lock.cases import F64, Case
from landfast.media.decode import decode
from landfast.media.layers.read import open_overlay
from landfast.vision.overlay.own import OverlayTracker
from landfast.vision.overlay.view import overlay_view


def sift_homographies(footage: Path) -> list[F64 | None]:
    """From the first frame to each: SIFT, ratio 0.75, RANSAC 3 px; None where it fails."""
    cv2.setRNGSeed(1)
    sift, matcher = cv2.SIFT.create(3000), cv2.BFMatcher(cv2.NORM_L2)
    first = None
    result: list[F64 | None] = []
    for picture in decode(footage):
        points, words = sift.detectAndCompute(picture.gray(), None)
        if first is None:
            first = points, words
            result.append(np.eye(3))
            continue
        if words is None or first[1] is None:
            result.append(None)
            continue
        pairs = matcher.knnMatch(first[1], words, k=2)
        good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < 0.75 * p[1].distance]
        found = None
        if len(good) >= 8:
            start = np.array([first[0][m.queryIdx].pt for m in good], np.float32)
            there = np.array([points[m.trainIdx].pt for m in good], np.float32)
            found, _ = cv2.findHomography(start, there, cv2.RANSAC, 3.0)
        result.append(found)
    return result


def vidstab(overlay: Path, case: Case, swum: list[F64]) -> list[F64 | None] | None:
    """The logo's maps after ffmpeg vidstab on the overlay; None where ffmpeg lacks it."""
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    listed = subprocess.run(
        [program, "-hide_banner", "-filters"], capture_output=True, text=True, check=False
    )
    if "vidstabtransform" not in listed.stdout:
        return None
    with tempfile.TemporaryDirectory() as folder:
        steadied = _stabilised(program, overlay, Path(folder))
        return None if steadied is None else _followed(overlay, steadied, case, swum)


def _stabilised(program: str, overlay: Path, folder: Path) -> Path | None:
    track, out = folder / "track.trf", folder / "out.mkv"
    quiet = [program, "-v", "error", "-y", "-i", str(overlay)]
    black = "format=yuv444p"
    steps = (
        [*quiet, "-vf", f"{black},vidstabdetect=shakiness=5:result={track}", "-f", "null", "-"],
        [*quiet, "-vf", f"vidstabtransform=input={track}:smoothing=15:optzoom=0",
         "-c:v", "ffv1", "-pix_fmt", "bgra", str(out)],
    )  # fmt: skip
    for step in steps:
        if subprocess.run(step, capture_output=True, check=False).returncode:
            return None
    return out


def _followed(
    overlay: Path, steadied: Path, case: Case, swum: list[F64]
) -> list[F64 | None] | None:
    """Each frame's move by the stabiliser, from the logo before to the logo after."""
    try:
        pairs = list(zip(open_overlay(overlay).layers(), open_overlay(steadied).layers(),
                         strict=False))  # fmt: skip
    except Exception:
        return None
    result: list[F64 | None] = []
    for (before, after), to in zip(pairs, swum, strict=False):
        tracker = OverlayTracker()
        tracker.see(overlay_view(before, storage="straight"), None)
        frame = tracker.see(overlay_view(after, storage="straight"), None)
        if frame is None:
            result.append(None)
            continue
        move, _ = cv2.estimateAffinePartial2D(frame.start, frame.arrived)
        result.append(None if move is None else np.vstack([move, [0, 0, 1]]) @ to)
    missing = len(case.maps) - len(result)
    return result + [None] * missing if any(r is not None for r in result) else None

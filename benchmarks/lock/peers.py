"""What people use: a homography a frame by SIFT and RANSAC, and ffmpeg's stabiliser."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

from benchmarks.lock.cases import F64, RATE
from landfast.media.decode import decode
from landfast.media.picture import Picture
from landfast.vision.overlay.drawing.own import OverlayTracker, OverlayView, view_of


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


def vidstab(overlay: Path) -> list[F64 | None] | None:
    """How ffmpeg vidstab moves the logo in each frame of the overlay; None where it is lacking."""
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        films = _stabilised(program, overlay, Path(folder))
        return None if films is None else _followed(*films)


def _stabilised(program: str, overlay: Path, folder: Path) -> tuple[Path, Path] | None:
    """The overlay over grey before and after both passes; None where ffmpeg fails."""
    track, grey, out = folder / "track.trf", folder / "grey.mkv", folder / "out.mkv"
    quiet = [program, "-v", "error", "-y"]
    size = "[1][0]scale2ref[g][o];[g][o]overlay=shortest=1,format=yuv420p"
    lossless = ["-c:v", "ffv1"]
    steps = (
        [*quiet, "-i", str(overlay), "-f", "lavfi", "-i", f"color=gray:r={float(RATE):g}",
         "-filter_complex", size, *lossless, str(grey)],
        [*quiet, "-i", str(grey), "-vf", f"vidstabdetect=shakiness=5:result={track}",
         "-f", "null", "-"],
        [*quiet, "-i", str(grey), "-vf",
         f"vidstabtransform=input={track}:smoothing=15:optzoom=0:crop=black", *lossless, str(out)],
    )  # fmt: skip
    for step in steps:
        if subprocess.run(step, capture_output=True, check=False).returncode:
            return None
    return grey, out


def _followed(grey: Path, steadied: Path) -> list[F64 | None]:
    """Each frame's move by the stabiliser, from the logo before to the logo after."""
    result: list[F64 | None] = []
    for before, after in zip(decode(grey), decode(steadied), strict=False):
        tracker = OverlayTracker()
        tracker.see(_on_black(before), None)
        frame = tracker.see(_on_black(after), None)
        move = None
        if frame is not None:
            move, _ = cv2.estimateAffinePartial2D(frame.start, frame.arrived)
        result.append(None if move is None else np.vstack([move, [0, 0, 1]]))
    return result


def _on_black(picture: Picture) -> OverlayView:
    """The bright logo alone."""
    gray = picture.gray()
    light = np.clip(gray.astype(np.int16) - int(np.median(gray)) - 12, 0, 120).astype(np.uint8) * 2
    return view_of(light, left=0, top=0, width=gray.shape[1], height=gray.shape[0])

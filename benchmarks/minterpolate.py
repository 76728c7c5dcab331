"""FFmpeg's minterpolate between two frames in memory: the peer of the interpolation benchmark.

mci, aobmc, bidir, vsbmc: it is given the two anchors at one frame a second and asked for `gap`
frames a second; the last anchor is repeated once (tpad), without which it emits nothing, and its
scene-cut detection is off, which would repeat the first anchor over a gap that it takes for a cut.
It runs in the `ffmpeg` program where there is one, else in PyAV's copy of the same library.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
FILTER = (
    "tpad=stop=1:stop_mode=clone,"
    "minterpolate=fps={}:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:scd=none"
)


def minterpolate(first: Image, last: Image, gap: int) -> list[Image]:
    """The frames strictly between two anchors that are `gap` frames apart."""
    run = _in_ffmpeg if shutil.which("ffmpeg") else _in_pyav
    return run(first, last, gap)[1:gap]


def _in_ffmpeg(first: Image, last: Image, gap: int) -> list[Image]:
    height, width, _ = first.shape
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    size = ["-s", f"{width}x{height}", "-r", "1"]
    command = [
        "ffmpeg",
        "-v",
        "error",
        *raw,
        *size,
        "-i",
        "-",
        "-vf",
        FILTER.format(gap),
        *raw,
        "-",
    ]
    done = subprocess.run(
        command, input=first.tobytes() + last.tobytes(), capture_output=True, check=True
    )
    return list(np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3))


def _in_pyav(first: Image, last: Image, gap: int) -> list[Image]:
    height, width, _ = first.shape
    graph = av.filter.Graph()
    head = graph.add_buffer(width=width, height=height, format="rgb24", time_base=Fraction(1))
    node = head
    for step in FILTER.format(gap).split(","):
        name, _, options = step.partition("=")
        following = graph.add(name, options)
        node.link_to(following)
        node = following
    node.link_to(graph.add("buffersink"))
    graph.configure()
    for index, image in enumerate((first, last)):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = index, Fraction(1)
        graph.push(frame)
    graph.push(None)
    return list(_drained(graph))


def _drained(graph: av.filter.Graph) -> Iterator[Image]:
    while True:
        try:
            yield graph.vpull().to_ndarray(format="rgb24")
        except (av.error.BlockingIOError, av.error.EOFError):
            return

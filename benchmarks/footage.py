"""Footage for the benchmarks that everybody can make: a drone move over detailed ground."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

OUT = Path(__file__).parent / "out"
RATE = Fraction(30000, 1001)
ENCODER = {
    "h264": ("libx264", {"preset": "veryfast", "crf": "20"}),
    "hevc": ("libx265", {"preset": "ultrafast", "crf": "15", "x265-params": "log-level=none"}),
}


def ground(width: int, height: int) -> np.ndarray:
    """A landscape's worth of detail at every scale, BGR: octaves of noise in earth colours."""
    generator = np.random.default_rng(7)
    height_map = np.zeros((height, width), np.float32)
    for octave in range(9):
        cells = (max(2, height >> (9 - octave)), max(2, width >> (9 - octave)))
        noise = generator.standard_normal(cells).astype(np.float32)
        layer = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        height_map += layer * np.float32(0.72**octave)
    shade = cv2.normalize(height_map, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(shade, cv2.COLORMAP_BONE))


def flight(width: int, height: int, frames: int) -> Iterator[np.ndarray]:
    """Frames of a slow push-in with pan, roll and a little shake, BGR with sensor noise."""
    plate = ground(width * 5 // 4, height * 5 // 4)
    generator = np.random.default_rng(11)
    grain = generator.normal(0, 3, (height + 64, width + 64, 1)).astype(np.int8)
    for k in range(frames):
        t = k / 300
        zoom, roll = 1 + 0.08 * t, 2.0 * t
        shift = np.array([60 * t + 1.5 * np.sin(k * 2.1), 30 * t + 1.2 * np.cos(k * 1.7)])
        move = cv2.getRotationMatrix2D((width * 0.6, height * 0.6), roll, zoom)
        move[:, 2] -= shift + np.array([width * 0.1, height * 0.1])
        frame = cv2.warpAffine(plate, move, (width, height), borderMode=cv2.BORDER_REFLECT)
        top, left = generator.integers(0, 64, 2)
        noise = grain[top : top + height, left : left + width]
        yield np.clip(frame.astype(np.int16) + noise, 0, 255).astype(np.uint8)


def clip(
    width: int, height: int, seconds: int, codec: str = "h264", *, gop: int | None = None
) -> Path:
    """A file of that flight, made once and kept in `benchmarks/out`.

    Args:
        gop: Frames from key frame to key frame; 250 without it, while cameras set one about every
            half to whole second.
    """
    every = f"_gop{gop}" if gop else ""
    path = OUT / f"flight_{width}x{height}_{seconds}s{every}.{codec}.mp4"
    if not path.exists():
        OUT.mkdir(exist_ok=True)
        part = path.with_suffix(".part.mp4")
        _encode(part, flight(width, height, round(seconds * RATE)), codec, gop)
        part.rename(path)
    return path


def _encode(path: Path, images: Iterator[np.ndarray], codec: str, gop: int | None) -> None:
    name, options = ENCODER[codec]
    first = next(images)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(name, rate=RATE, options=options)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        if gop:
            stream.codec_context.gop_size = gop
        for image in itertools.chain((first,), images):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())


def repeated(path: Path, times: int) -> Path:
    """The clip played `times` times, its packets copied: longer footage at no cost."""
    longer = path.with_name(f"{path.stem}_x{times}.mp4")
    if longer.exists():
        return longer
    part = longer.with_suffix(".part.mp4")
    with av.open(str(part), "w") as output:
        target, offset = None, 0
        for _ in range(times):
            with av.open(str(path)) as source:
                video = source.streams.video[0]
                target = target or output.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    packet.stream = target
                    output.mux(packet)
                offset += video.duration
    part.rename(longer)
    return longer

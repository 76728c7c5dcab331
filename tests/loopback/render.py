"""Clips rendered from the anchors that were submitted: a camera move from one to the other."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from loopback.script import TakeFault

BT709, LIMITED = 1, 1
"""FFmpeg's numbers."""
_RENDERED: dict[str, bytes] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class Order:
    """One clip: frame 0 is `first`, the last frame is `last` (`first` again where None)."""

    first: np.ndarray
    last: np.ndarray | None
    size: tuple[int, int]
    """Width and height."""
    frames: int
    fps: Fraction

    def key(self, fault: str) -> str:
        """Names the rendered bytes."""
        parts = (self.size, self.frames, self.fps, fault, self.first.shape, self.last is None)
        digest = hashlib.sha256(repr(parts).encode())
        digest.update(self.first.tobytes())
        digest.update(b"" if self.last is None else self.last.tobytes())
        return digest.hexdigest()


def rendered(order: Order, fault: TakeFault = "good") -> bytes:
    """An MP4 of the order with the fault; rendered once for equal orders."""
    if fault == "empty":
        return b""
    if fault == "not-video":
        return b"\x89PNG\r\n\x1a\n" + bytes(4096)
    key = order.key(fault)
    with _LOCK:
        if key not in _RENDERED:
            if len(_RENDERED) > 64:
                _RENDERED.clear()
            _RENDERED[key] = _encoded(order, fault)
        return _RENDERED[key]


def _encoded(order: Order, fault: TakeFault) -> bytes:
    width, height = order.size
    fps = order.fps
    if fault == "wrong-size":
        width, height = width // 4 * 2 + 16, height // 4 * 2 + 16
    if fault == "wrong-rate":
        fps = fps * 5 / 4
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.mp4"
        with av.open(str(path), "w") as output:
            stream = _stream(output, (width, height), fps)
            for image in _frames(order, fault):
                sized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
                output.mux(stream.encode(_converted(sized)))
            output.mux(stream.encode(None))
        data = path.read_bytes()
    return data[: len(data) * 2 // 3] if fault == "truncated" else data


def _stream(output: OutputContainer, size: tuple[int, int], fps: Fraction) -> VideoStream:
    """A service's own encoder, in a hurry."""
    stream = output.add_stream("libx264", fps, options={"preset": "ultrafast", "crf": "16"})
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED
    return stream


def _converted(image: np.ndarray) -> VideoFrame:
    frame = VideoFrame.from_ndarray(image, format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace=BT709, dst_color_range=LIMITED)


def _frames(order: Order, fault: TakeFault) -> Iterator[np.ndarray]:
    first = _fitted(order.first, order.size)
    last = first if order.last is None else _fitted(order.last, order.size)
    move = _move(first, last)
    count = order.frames - 3 if fault == "wrong-count" else order.frames
    for index in range(count):
        t = _time(index / (count - 1), fault)
        image = _view(first, last, move, t)
        yield _drifted(image, index / (count - 1)) if fault == "colour" else image


def _time(t: float, fault: TakeFault) -> float:
    """Where the camera is on its way, 0 to 1."""
    if fault == "end-ignored":
        return 0.6 * t
    if fault == "freeze" and t < 0.98:
        return min(t, 0.35) if t < 0.65 else 0.35 + (t - 0.65) * 0.65 / 0.35
    return t


def _drifted(image: np.ndarray, t: float) -> np.ndarray:
    gains = 1 + (np.array([1.15, 1.0, 0.85]) - 1) * min(1.0, 1.5 * t)
    return np.clip(image * gains + 0.5, 0, 255).astype(np.uint8)


def _fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cropped around its centre to the shape of `size` and scaled: what services do."""
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    cut_width, cut_height = round(size[0] / scale), round(size[1] / scale)
    x, y = (width - cut_width) // 2, (height - cut_height) // 2
    cut = image[y : y + cut_height, x : x + cut_width]
    if cut.shape[:2] == (size[1], size[0]):
        return np.ascontiguousarray(cut)
    return cv2.resize(cut, size, interpolation=cv2.INTER_AREA)


def _move(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Homography from the first anchor to the last; the identity where none is found."""
    cv2.setRNGSeed(1)
    orb = cv2.ORB.create(1500)
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (first, last)]
    (points_a, words_a), (points_b, words_b) = (orb.detectAndCompute(gray, None) for gray in grays)
    if words_a is None or words_b is None:
        return np.eye(3)
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words_a, words_b)
    if len(matches) < 12:
        return np.eye(3)
    a = np.float32([points_a[match.queryIdx].pt for match in matches])
    b = np.float32([points_b[match.trainIdx].pt for match in matches])
    found, _ = cv2.findHomography(a, b, cv2.USAC_DEFAULT, 3.0)
    return np.eye(3) if found is None else found


def _view(first: np.ndarray, last: np.ndarray, move: np.ndarray, t: float) -> np.ndarray:
    """The first anchor moved `t` of the way, melting into the last moved back the rest of it."""
    if t <= 0:
        return first
    if t >= 1:
        return last
    height, width = first.shape[:2]
    to_here = _between(move, t, (width, height))
    ahead = cv2.warpPerspective(first, to_here, (width, height), borderMode=cv2.BORDER_REPLICATE)
    back = to_here @ np.linalg.inv(move)
    behind = cv2.warpPerspective(last, back, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return cv2.addWeighted(ahead, 1 - t, behind, t, 0)


def _between(move: np.ndarray, t: float, size: tuple[int, int]) -> np.ndarray:
    """The homography whose corners are `t` of the way along `move`'s."""
    width, height = size
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    moved = cv2.perspectiveTransform(corners[None], move)[0]
    return cv2.getPerspectiveTransform(corners, np.float32(corners + t * (moved - corners)))

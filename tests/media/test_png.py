"""PNG files of our own against other readers."""

from __future__ import annotations

import io
import zlib
from typing import get_args

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.media.png import Content, encode_png


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
    st.sampled_from(get_args(Content)),
)
def test_any_picture_comes_back(height: int, width: int, seed: int, content: Content) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    data = encode_png(cv2.split(image), content)
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), image)
    apart = [np.ascontiguousarray(image[..., k]) for k in range(3)]
    assert encode_png(apart, content) == data


@pytest.mark.parametrize("content", ["picture", "drawing"])
def test_ffmpeg_reads_it(content: Content) -> None:
    image = np.random.default_rng(1).integers(0, 256, (31, 45, 3)).astype(np.uint8)
    with av.open(io.BytesIO(encode_png(cv2.split(image), content)), format="png_pipe") as source:
        (frame,) = source.decode(video=0)
    assert np.array_equal(frame.to_ndarray(format="rgb24"), image)


def test_smooth_pictures_are_small() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (200, 1, 3))
    assert len(encode_png(cv2.split(ramp))) < ramp.nbytes / 50


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"IEND"])
def test_every_chunk_has_its_checksum(kind: bytes) -> None:
    data = encode_png([np.full((3, 4), 7, np.uint8)] * 3)
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at], "big")
    body = data[at : at + 4 + length]
    told = int.from_bytes(data[at + 4 + length : at + 8 + length], "big")
    assert zlib.crc32(body) == told

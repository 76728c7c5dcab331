"""The files that go with a request: made as the model wants them, and brought to the service."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np

from landfast.errors import Unreachable, Unsupported
from landfast.generators.remote.canvas import Canvas
from landfast.generators.remote.dialect import Asset, Reference
from landfast.generators.remote.exchange import Exchange
from landfast.generators.remote.lowering import Lowered
from landfast.generators.remote.storage import Storage, order_of
from landfast.media.encode import Encoder
from landfast.model.arrays import UInt8
from landfast.model.clip import Colour

Image = UInt8[np.ndarray, "_ _ 3"]

RATED: Final = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
QUALITIES: Final = (97, 92, 85)
"""JPEG qualities that are tried where a PNG is larger than the service takes."""
PLACEHOLDER: Final = "asset:"
"""Begins the value of a reference to an asset that was not brought to the service."""
_BASE64: Final = (4, 3)


def on_canvas(image: Image, canvas: Canvas, *, hard: bool = False) -> Image:
    """The picture at its place on the canvas, its edges mirrored outwards to fill the rest.

    With `hard` no level is made that the picture does not hold.
    """
    size = (canvas.picture_width, canvas.picture_height)
    smaller = size[0] * size[1] < image.shape[0] * image.shape[1]
    if image.shape[:2] != size[::-1]:
        soft = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
        filter_ = cv2.INTER_NEAREST if hard else soft
        image = np.asarray(cv2.resize(image, size, interpolation=filter_), dtype=np.uint8)
    right = canvas.width - canvas.left - size[0]
    bottom = canvas.height - canvas.top - size[1]
    filled = np.pad(image, ((canvas.top, bottom), (canvas.left, right), (0, 0)), mode="symmetric")
    return np.ascontiguousarray(filled)


def off_canvas(image: Image, canvas: Canvas) -> Image:
    """The footage's part of a picture that was made on the canvas."""
    rows = slice(canvas.top, canvas.top + canvas.picture_height)
    columns = slice(canvas.left, canvas.left + canvas.picture_width)
    return image[rows, columns]


def picture(role: str, image: Image, lowered: Lowered) -> Asset:
    """A picture as it is sent: PNG, or JPEG where that is larger than the service takes.

    Raises:
        Unsupported: Even the smallest is too large.
    """
    most = lowered.profile.most_bytes
    if most is not None and transport_of(lowered) == "data":
        most = most * _BASE64[1] // _BASE64[0]
    for media_type, data in _codings(image):
        if most is None or len(data) <= most:
            digest = hashlib.sha256(data).hexdigest()
            return Asset(role=role, media_type=media_type, data=data, sha256=digest)
    raise Unsupported(
        f"takes pictures of at most {most} bytes",
        subject=lowered.profile.name,
        remedy="ask for a smaller size",
    )


def video(role: str, images: Iterator[Image], lowered: Lowered, *, hard: bool) -> Asset:
    """A video as it is sent: H.264, each picture set on the canvas as the anchors are.

    Args:
        role: What it is to the request.
        images: Its pictures in order.
        lowered: The request.
        hard: True for masks and labels, which know no levels in between.

    Raises:
        Unsupported: It is larger than the service takes.
    """
    canvas, most = lowered.canvas, lowered.profile.most_bytes
    with tempfile.TemporaryDirectory(prefix="landfast-") as folder:
        path = Path(folder) / "control.mp4"
        with Encoder(
            path,
            width=canvas.width,
            height=canvas.height,
            time_base=1 / lowered.fps,
            colour=RATED,
            quality="master",
            fps=lowered.fps,
        ) as encoder:
            for tick, image in enumerate(images):
                encoder.write(on_canvas(image, canvas, hard=hard), tick=tick, duration=1)
        data = path.read_bytes()
    if most is not None and len(data) > most:
        raise Unsupported(
            f"takes {role} videos of at most {most} bytes, this has {len(data)}",
            subject=lowered.profile.name,
            remedy="ask for a smaller size or a shorter span",
        )
    digest = hashlib.sha256(data).hexdigest()
    return Asset(role=role, media_type="video/mp4", data=data, sha256=digest)


def _codings(image: Image) -> list[tuple[str, bytes]]:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    found = [("image/png", cv2.imencode(".png", bgr)[1].tobytes())]
    found += [
        ("image/jpeg", cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
        for quality in QUALITIES
    ]
    return found


def decoded(asset: Asset) -> Image:
    """The pixels that the service sees."""
    bgr = cv2.imdecode(np.frombuffer(asset.data, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def transport_of(lowered: Lowered) -> Literal["data", "upload", "url"]:
    """How this model's pictures travel."""
    return lowered.profile.transports[0] if lowered.profile.transports else "data"


def placeholders(lowered: Lowered, assets: Sequence[Asset]) -> Mapping[str, Reference]:
    """References that name assets by order and content, as storage does: for a dry run, and to
    find an order again."""
    kind, order = transport_of(lowered), order_of(lowered.request.key)
    return {
        asset.role: Reference(
            kind=kind, value=f"{PLACEHOLDER}{order}/{asset.sha256}", media_type=asset.media_type
        )
        for asset in assets
    }


class Courier:
    """Brings assets to a service by the way that its profile names."""

    def __init__(self, storage: Storage | None = None) -> None:
        self._storage = storage

    def bring(self, lowered: Lowered, asset: Asset, exchange: Exchange) -> Reference:
        """The asset where the service can see it.

        Raises:
            InputError: It takes public addresses only, and no storage is set up.
            GeneratorError: The upload failed; nothing was ordered yet.
        """
        kind = transport_of(lowered)
        if kind == "data":
            value = base64.b64encode(asset.data).decode()
        elif kind == "upload":
            value = exchange.run(exchange.dialect.upload(asset))
        else:
            value = self._store().put(lowered.request.key, asset)
        return Reference(kind=kind, value=value, media_type=asset.media_type)

    def clean(self, lowered: Lowered, assets: Sequence[Asset]) -> None:
        """Take away what was put into storage for this order. What stays expires by itself."""
        if transport_of(lowered) != "url":
            return
        with contextlib.suppress(Unreachable):
            for asset in assets:
                self._store().remove(lowered.request.key, asset)

    def _store(self) -> Storage:
        if self._storage is None:
            self._storage = Storage.from_environment()
        return self._storage

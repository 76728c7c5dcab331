"""A network in a local ONNX file, and the table that says what goes in and what comes out.

The table is JSON: `model.json` beside `model.onnx`, or the model's metadata under `landfast`.
`size` (width, height), `mean` and `std` say how a picture is fed; all three may be left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from landfast.errors import InputError, Unsupported
from landfast.model.arrays import Float32, UInt8

_MEAN: Final = (0.485, 0.456, 0.406)
_STD: Final = (0.229, 0.224, 0.225)
"""Of ImageNet, which most networks were trained with."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network that was read from a file. It takes 1 x 3 x height x width."""

    path: Path
    session: Any
    table: Mapping[str, Any]
    size: tuple[int, int]
    """Width and height of its input."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def of(cls, path: Path, *, usual: int) -> Network:
        """Read a network and its table.

        Args:
            path: The ONNX file.
            usual: Side of the input, pixels, where neither the table nor the model names one.

        Raises:
            InputError: No such file, not a network, or a table that cannot be read.
            Unsupported: The extra `onnx` is not installed.
        """
        session = _session(path)
        table = _table(path, session)
        shape = session.get_inputs()[0].shape
        if len(shape) != 4:
            raise InputError(
                f"takes {len(shape)} dimensions",
                subject=str(path),
                remedy="give a model that takes 1 x 3 x height x width",
            )
        fixed = [n if isinstance(n, int) else usual for n in (shape[3], shape[2])]
        try:
            width, height = (int(side) for side in table.get("size", fixed))
            mean, std = _three(table.get("mean", _MEAN)), _three(table.get("std", _STD))
        except (TypeError, ValueError) as error:
            raise InputError(
                f"has a size, mean or std that is not numbers: {error}",
                subject=str(path.with_suffix(".json")),
            ) from error
        return cls(path, session, table, (width, height), mean, std)

    def answer(self, image: UInt8[np.ndarray, "height width 3"]) -> Float32[np.ndarray, "*any"]:
        """What the network gives for a picture (RGB).

        Raises:
            InputError: It takes another input than its table says.
        """
        small = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        scaled = (small.astype(np.float32) / np.float32(255) - self.mean) / self.std
        fed = scaled.transpose(2, 0, 1)[None].astype(np.float32)
        try:
            (first, *_) = self.session.run(None, {self.session.get_inputs()[0].name: fed})
        except _refusals() as error:
            raise InputError(
                "does not take the picture it was given",
                subject=str(self.path),
                remedy=f'put the right "size" into {self.path.with_suffix(".json").name}',
            ) from error
        return np.asarray(first, np.float32)


def _session(path: Path) -> Any:
    if not path.is_file():
        raise InputError("no such model", subject=str(path), remedy="give a local ONNX file")
    try:
        onnxruntime = import_module("onnxruntime")
    except ImportError as error:
        raise Unsupported(
            "onnxruntime is not installed",
            subject=str(path),
            remedy="install the extra: landfast[onnx]",
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _refusals() as error:
        raise InputError("is not a model that can be run", subject=str(path)) from error


def _refusals() -> tuple[type[Exception], ...]:
    """What onnxruntime raises; the classes share no base of their own."""
    state = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    names = (
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NotImplemented",
        "NoSuchFile",
        "RuntimeException",
    )
    return tuple(getattr(state, name) for name in names)


def _table(path: Path, session: Any) -> Mapping[str, Any]:
    """The table beside the model or in its metadata; empty where there is none."""
    beside = path.with_suffix(".json")
    found = session.get_modelmeta().custom_metadata_map.get("landfast")
    text = beside.read_text(encoding="utf-8") if beside.is_file() else found
    if text is None:
        return {}
    try:
        table = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error}", subject=str(beside)) from error
    if not isinstance(table, dict):
        raise InputError("is not a JSON object", subject=str(beside))
    return table


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third

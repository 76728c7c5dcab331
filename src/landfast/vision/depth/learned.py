"""Learned depth: a network's relative inverse depth, from a local file or a pinned revision.

Depth Anything V2 (Yang et al., NeurIPS 2024) in ONNX form and what has its door: one input, N x 3 x
H x W float32, normalised as ImageNet; one output, inverse depth up to scale and shift.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np

from landfast.errors import InputError, Unreachable, Unsupported
from landfast.model.arrays import Float32, UInt8

Plane = Float32[np.ndarray, "height width"]

_HUB: Final = re.compile(r"^hf:([\w.-]+/[\w.-]+)@([0-9a-zA-Z._-]+)/([\w./-]+\.onnx)$")
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)
_PATCH: Final = 14
_SHORT_SIDE: Final = 518
"""Shorter side at which Depth Anything V2 was trained; used where the model leaves it free."""


class _Input(NamedTuple):
    name: str
    height: int | None
    width: int | None


class LearnedDepth:
    """A depth network, ready to be asked.

    The session runs on one thread, so that the same picture gives the same bytes everywhere.
    """

    def __init__(self, source: str | Path) -> None:
        """Load a model.

        Args:
            source: An ONNX file, or `hf:OWNER/NAME@REVISION/FILE.onnx` on the Hugging Face hub.

        Raises:
            Unsupported: The extra `onnx` is not installed, or the model has another door.
            InputError: No such file, not an ONNX model, or no revision is given.
            Unreachable: The hub did not deliver.
        """
        self.source = str(source)
        self._session = _session(_located(self.source))
        self._input = _door(self._session, self.source)

    def __call__(self, image: UInt8[np.ndarray, "height width 3"]) -> Plane:
        """Relative inverse depth of an RGB picture: larger is nearer, scale and shift unknown.

        Raises:
            Unsupported: The model does not answer with one plane.
        """
        height, width = image.shape[:2]
        size = self._size(width, height)
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC))
        values = (small.astype(np.float32) / np.float32(255) - _MEAN) / _SPREAD
        batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None])
        try:
            answer = np.asarray(self._session.run(None, {self._input.name: batch})[0], np.float32)
        except _runtime_errors() as error:
            raise Unsupported(
                f"the model failed on a picture of {size[0]}x{size[1]} ({_first_line(error)})",
                subject=self.source,
                remedy="give a model of Depth Anything V2's form",
            ) from error
        plane = answer.reshape(answer.shape[-2:]) if answer.size == _area(answer) else None
        if plane is None or not np.isfinite(plane).all():
            raise Unsupported(
                f"the model answers with {answer.shape}, not with one finite plane",
                subject=self.source,
                remedy="give a model of Depth Anything V2's form",
            )
        return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR))

    def _size(self, width: int, height: int) -> tuple[int, int]:
        """The model's own size, or one with the picture's shape in multiples of 14."""
        if self._input.width and self._input.height:
            return self._input.width, self._input.height
        scale = _SHORT_SIDE / min(width, height) / _PATCH
        across, down = (max(1, round(side * scale)) * _PATCH for side in (width, height))
        return across, down


def _area(answer: np.ndarray) -> int:
    return int(np.prod(answer.shape[-2:])) if answer.ndim >= 2 else -1


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


def _located(source: str) -> Path:
    """The model's file on this machine."""
    if source.startswith("hf:"):
        return _from_hub(source)
    path = Path(source)
    if not path.is_file():
        raise InputError(
            "is not a file", subject=source, remedy="give an ONNX file or hf:OWNER/NAME@REV/FILE"
        )
    return path


def _from_hub(source: str) -> Path:
    found = _HUB.match(source)
    if found is None or ".." in source:
        raise InputError(
            "does not name a pinned model",
            subject=source,
            remedy="write hf:OWNER/NAME@REVISION/FILE.onnx with a commit as the revision",
        )
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise _missing("huggingface-hub", source) from error
    repo, revision, file = found.groups()
    try:
        return Path(hub.hf_hub_download(repo, file, revision=revision))
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"the hub did not deliver the model ({_first_line(error)})",
            subject=source,
            remedy="check the name and the network, or give a local file",
        ) from error


def _missing(module: str, source: str) -> Unsupported:
    return Unsupported(
        f"learned depth needs {module}",
        subject=source,
        remedy="install the extra: pip install 'landfast[onnx]'",
    )


def _session(path: Path) -> Any:
    try:
        onnxruntime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise _missing("onnxruntime", str(path)) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except _runtime_errors() as error:
        raise InputError(
            f"is not an ONNX model that can be run ({_first_line(error)})",
            subject=str(path),
            remedy="give an ONNX depth model",
        ) from error


def _runtime_errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises; the classes share no base of their own."""
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    kinds = (getattr(state, name) for name in dir(state))
    own = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception)}
    return (*sorted(own, key=lambda kind: kind.__name__), RuntimeError, ValueError)


def _door(session: Any, source: str) -> _Input:
    inputs = session.get_inputs()
    shape = list(inputs[0].shape) if len(inputs) == 1 else []
    fits = (len(shape) == 4 and shape[1] in (3, "3")) or (len(shape) == 4 and shape[1] is None)
    if not fits and not (len(shape) == 4 and isinstance(shape[1], str)):
        raise Unsupported(
            f"the model takes {[each.shape for each in inputs]}, not one batch of RGB pictures",
            subject=source,
            remedy="give a model of Depth Anything V2's form",
        )
    height, width = (side if isinstance(side, int) else None for side in shape[2:])
    return _Input(inputs[0].name, height, width)

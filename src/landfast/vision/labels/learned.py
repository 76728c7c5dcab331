"""A learned segmenter through the same door: an ONNX file and a table of its classes.

Beside `model.onnx` lies `model.json` (or the table stands in the model's metadata, key
`landfast`): `{"labels": {"0": "built", "2": "sky", ...}, "size": [512, 512],
"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}`. `labels` may also hold the class
names of ADE20K or Cityscapes, which are put under ours; a class that is not named counts as not
known. `size` (width, height), `mean` and `std` may be left out. The model takes 1 x 3 x height x
width and gives 1 x class x height x width, scores before the softmax.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from landfast.errors import InputError, Unsupported
from landfast.vision.labels.cues import look
from landfast.vision.labels.follow import smoothed, steady, step_between
from landfast.vision.labels.guided import guided
from landfast.vision.labels.record import BONUS, LABELS, SURE, UNKNOWN, Label, Labels
from landfast.vision.labels.span import check_span

RGB = UInt8[np.ndarray, "large_height large_width 3"]

_SYNONYMS: Final[Mapping[Label, str]] = {
    "sky": "sky",
    "water": "water sea river lake swimming_pool fountain waterfall pool",
    "vegetation": "vegetation tree grass plant palm flower field bush",
    "built": (
        "built building wall house skyscraper fence bridge tower road sidewalk path runway pole "
        "traffic_light traffic_sign hovel stairs windowpane door awning bannister pier streetlight "
        "railing column guard_rail tunnel parking"
    ),
    "moving": (
        "moving person rider car truck bus train motorcycle bicycle animal boat ship airplane van "
        "minibike"
    ),
    "ground": "ground earth rock sand mountain hill land dirt_track terrain",
}
_OURS: Final = {word: label for label, words in _SYNONYMS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class LearnedLabels:
    """A segmenter that was read from a local file."""

    session: Any
    classes: Mapping[int, Label]
    size: tuple[int, int]
    """Width and height of its input."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def of(cls, path: Path) -> LearnedLabels:
        """Read a model and its table.

        Raises:
            InputError: No such file, not a model, or a table that names no label.
            Unsupported: The extra `onnx` is not installed.
        """
        session = _session(path)
        table = _table(path, session)
        shape = session.get_inputs()[0].shape
        fixed = [n if isinstance(n, int) else 512 for n in (shape[3], shape[2])]
        width, height = table.get("size", fixed)
        mean = _three(table.get("mean", (0.485, 0.456, 0.406)))
        std = _three(table.get("std", (0.229, 0.224, 0.225)))
        return cls(session, _classes(table, path), (int(width), int(height)), mean, std)

    def planes(self, image: RGB) -> Float32[np.ndarray, "label height width"]:
        """Confidence of every label for one frame, at half its size."""
        small = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        scaled = (small.astype(np.float32) / np.float32(255) - self.mean) / self.std
        fed = scaled.transpose(2, 0, 1)[None].astype(np.float32)
        (scores,) = self.session.run(None, {self.session.get_inputs()[0].name: fed})[:1]
        share = np.exp(scores[0] - scores[0].max(axis=0))
        share /= share.sum(axis=0)
        size = (image.shape[1] // 2, image.shape[0] // 2)
        out = np.zeros((len(LABELS), size[1], size[0]), np.float32)
        for number, label in self.classes.items():
            if number < len(share):
                out[LABELS.index(label)] += cv2.resize(share[number].astype(np.float32), size)
        return out


def label_span_learned(images: Sequence[RGB], model: LearnedLabels) -> Labels:
    """What `label_span` does, with a model's word for what each frame shows.

    Its confidences are carried along the motion and refined at edges in the same way.

    Raises:
        InputError: As `label_span`.
    """
    check_span(images)
    cues = [look(image) for image in images]
    steps = [step_between(a.gray, b.gray) for a, b in pairwise(cues)]
    planes = smoothed([model.planes(image) for image in images], steps)
    fine = [
        guided(plane, one.gray.astype(np.float32), one.whole.astype(np.float32))
        for plane, one in zip(planes, cues, strict=True)
    ]
    confidence = [
        np.asarray(np.rint(255 * one / np.maximum(one.sum(axis=0), 1)), np.uint8) for one in fine
    ]
    index = steady(confidence, steps, least=SURE, bonus=BONUS, unknown=UNKNOWN)
    return Labels(tuple(confidence), tuple(index), ("",) * len(images))


def _session(path: Path) -> Any:
    if not path.is_file():
        raise InputError("no such model", subject=str(path), remedy="give a local ONNX file")
    try:
        onnxruntime = import_module("onnxruntime")
        state = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
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
    except (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.NoSuchFile,
        state.RuntimeException,
    ) as error:
        raise InputError("is not a model that can be run", subject=str(path)) from error


def _table(path: Path, session: Any) -> Mapping[str, Any]:
    """The table of classes, from the file beside the model or from its metadata."""
    beside = path.with_suffix(".json")
    found = session.get_modelmeta().custom_metadata_map.get("landfast")
    text = beside.read_text() if beside.is_file() else found
    if text is None:
        raise InputError(
            "has no table of classes",
            subject=str(path),
            remedy=f'write {beside.name} with {{"labels": {{"0": "sky", ...}}}}',
        )
    try:
        table = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error}", subject=str(beside)) from error
    if not isinstance(table, dict) or not isinstance(table.get("labels"), dict):
        raise InputError('has no object "labels"', subject=str(beside))
    return table


def _classes(table: Mapping[str, Any], path: Path) -> dict[int, Label]:
    """Class numbers and our labels; classes of other names are left out."""
    found: dict[int, Label] = {}
    for number, name in table["labels"].items():
        words = [word.strip().lower().replace(" ", "_") for word in str(name).split(";")]
        known = [_OURS[word] for word in words if word in _OURS]
        if known and str(number).isdecimal():
            found[int(number)] = known[0]
    if not found:
        raise InputError(
            "names no label that is known",
            subject=str(path.with_suffix(".json")),
            remedy=f"use one of {', '.join(LABELS)}",
        )
    return found


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    return cast(tuple[float, float, float], tuple(float(value) for value in values))

"""A learned segmenter through the same door: an ONNX file and a table of its classes.

Beside `model.onnx` lies `model.json` (or the table stands in the model's metadata, key
`landfast`): `{"labels": {"0": "built", "2": "sky", ...}, "size": [512, 512],
"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}`. `labels` may also hold the class
names of ADE20K or Cityscapes, which are put under ours; a class that is not named counts as not
known. `size` (width, height), `mean` and `std` may be left out. The model takes 1 x 3 x height x
width and gives 1 x class x height x width, scores before the softmax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Float32, UInt8
from landfast.vision.labels.cues import look
from landfast.vision.labels.follow import smoothed, steady, step_between
from landfast.vision.labels.guided import guided
from landfast.vision.labels.record import BONUS, LABELS, SURE, UNKNOWN, Label, Labels
from landfast.vision.labels.span import check_span
from landfast.vision.network import Network

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

    network: Network
    classes: Mapping[int, Label]

    @classmethod
    def of(cls, path: Path) -> LearnedLabels:
        """Read a model and its table.

        Raises:
            InputError: No such file, not a model, or a table that names no label.
            Unsupported: The extra `onnx` is not installed.
        """
        network = Network.of(path, usual=512)
        return cls(network, _classes(network.table, path))

    def planes(self, image: RGB) -> Float32[np.ndarray, "label height width"]:
        """Confidence of every label for one frame, at half its size."""
        scores = self.network.answer(image)[0]
        share = np.exp(scores - scores.max(axis=0))
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


def _classes(table: Mapping[str, Any], path: Path) -> dict[int, Label]:
    """Class numbers and our labels; classes of other names are left out."""
    labels = table.get("labels")
    if not isinstance(labels, dict):
        raise InputError(
            'has no table of classes (an object "labels")',
            subject=str(path),
            remedy=f'write {path.with_suffix(".json").name} with {{"labels": {{"0": "sky", ...}}}}',
        )
    found: dict[int, Label] = {}
    for number, name in labels.items():
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

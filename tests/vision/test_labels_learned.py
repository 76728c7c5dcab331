"""A learned segmenter: a tiny model made here, that knows sky by its blue."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from landfast.errors import InputError
from landfast.vision.labels.learned import LearnedLabels, label_span_learned


def write_model(path: Path, *, metadata: dict[str, str] | None = None) -> Path:
    """One convolution of 1 x 1: class 0 likes blue, class 1 likes red, class 2 nothing."""
    kernel = np.array([[-20, 0, 20], [20, 0, -20], [0, 0, 0]], np.float32).reshape(3, 3, 1, 1)
    node = helper.make_node("Conv", ["image", "kernel"], ["scores"])
    shape = [1, 3, 48, 64]
    graph = helper.make_graph(
        [node],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    if metadata:
        helper.set_model_props(model, metadata)
    onnx.save(model, str(path))
    return path


@pytest.fixture
def images() -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    image = rng.integers(0, 40, (96, 128, 3), dtype=np.uint8)
    image[:40, :, 2] += 180
    image[40:, :, 0] += 180
    return [image, image]


TABLE = {"labels": {"0": "sky", "1": "earth;ground", "2": "chandelier"}}


def test_a_model_labels_through_the_same_door(tmp_path: Path, images: list[np.ndarray]) -> None:
    path = write_model(tmp_path / "tiny.onnx")
    path.with_suffix(".json").write_text(json.dumps(TABLE))
    labels = label_span_learned(images, LearnedLabels.of(path))
    for k in (0, 1):
        assert labels.mask(k, "sky")[:36].mean() > 0.97
        assert labels.mask(k, "ground")[44:].mean() > 0.97
        assert not labels.mask(k, "built").any()


def test_the_table_may_stand_in_the_model(tmp_path: Path) -> None:
    path = write_model(tmp_path / "tiny.onnx", metadata={"landfast": json.dumps(TABLE)})
    model = LearnedLabels.of(path)
    assert dict(model.classes) == {0: "sky", 1: "ground"}
    assert model.network.size == (64, 48)


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such model"):
        LearnedLabels.of(tmp_path / "none.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(InputError, match="not a model"):
        LearnedLabels.of(broken)
    bare = write_model(tmp_path / "bare.onnx")
    with pytest.raises(InputError, match="no table"):
        LearnedLabels.of(bare)
    bare.with_suffix(".json").write_text('{"labels": {"0": "teapot"}}')
    with pytest.raises(InputError, match="no label that is known"):
        LearnedLabels.of(bare)

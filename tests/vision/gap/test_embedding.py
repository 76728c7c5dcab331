"""A learned embedding: a tiny network made here, that knows pictures by their mean colour."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from landfast.errors import InputError
from landfast.vision.gap.embedding import FILE, Embedder, configured
from landfast.vision.gap.measure import End, measure_gap

PLAIN = {"unrelated": 0.3, "size": [8, 8], "mean": [0, 0, 0], "std": [1, 1, 1]}


def write_model(path: Path, table: object = PLAIN, *, over: tuple[int, ...] = (2, 3)) -> Path:
    """The mean over rows and columns: one number a channel."""
    node = helper.make_node("ReduceMean", ["image"], ["vector"], axes=list(over), keepdims=0)
    graph = helper.make_graph(
        [node],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    path.with_suffix(".json").write_text(json.dumps(table))
    return path


def textured(channel: int, seed: int) -> np.ndarray:
    """Blocks of one colour in all strengths: much to find, nothing to match."""
    cells = np.random.default_rng(seed).integers(40, 255, (45, 80), dtype=np.uint8)
    image = np.zeros((360, 640, 3), np.uint8)
    image[..., channel] = np.kron(cells, np.ones((8, 8), np.uint8))
    return image


def test_the_distance_is_one_less_the_cosine(tmp_path: Path) -> None:
    embedder = Embedder.of(write_model(tmp_path / "mean.onnx"))
    red, blue = textured(0, 1), textured(2, 1)
    assert embedder.distance(red, textured(0, 2)) == pytest.approx(0, abs=1e-6)
    assert embedder.distance(red, blue) == pytest.approx(1)
    half = np.where(np.arange(640)[None, :, None] < 320, red, blue).astype(np.uint8)
    assert embedder.distance(red, half) == pytest.approx(1 - np.sqrt(0.5), abs=0.03)


def test_of_tokens_the_first_speaks(tmp_path: Path) -> None:
    # Channels as tokens, columns as numbers: the first token is the red of each column.
    embedder = Embedder.of(write_model(tmp_path / "tokens.onnx", over=(2,)))
    assert embedder.distance(textured(0, 1), textured(0, 1)) == pytest.approx(0, abs=1e-6)


def test_a_gap_is_judged_by_it_where_it_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    red, blue = textured(0, 1), textured(2, 2)
    before = measure_gap(End.of(red), End.of(blue))
    monkeypatch.setenv(FILE, str(write_model(tmp_path / "mean.onnx")))
    apart = measure_gap(End.of(red), End.of(blue))
    assert apart.state == "unrelated"
    assert apart.semantic == 1
    assert "1.00 apart by mean" in apart.reason
    assert "stay below 0.3" in apart.reason
    alike = measure_gap(End.of(red), End.of(textured(0, 2)))
    assert alike.state == "unknown"
    assert alike.semantic == pytest.approx(0, abs=1e-4)
    monkeypatch.delenv(FILE)
    assert configured() is None
    assert measure_gap(End.of(red), End.of(blue)) == before


@pytest.mark.parametrize("table", [{}, {"unrelated": 1.5}, {"unrelated": "far"}, ["unrelated"]])
def test_a_table_without_a_limit_is_refused(tmp_path: Path, table: object) -> None:
    with pytest.raises(InputError):
        Embedder.of(write_model(tmp_path / "tiny.onnx", table))


def test_a_missing_file_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE, "nowhere.onnx")
    with pytest.raises(InputError, match="no such model"):
        configured()


def test_what_gives_no_vector_is_refused(tmp_path: Path) -> None:
    embedder = Embedder.of(write_model(tmp_path / "one.onnx", over=(0, 1, 2, 3)))
    with pytest.raises(InputError, match="gives no embedding"):
        embedder.distance(textured(0, 1), textured(0, 1))


def test_a_wrong_size_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "fixed.onnx"
    write_model(path)
    model = onnx.load(str(path))
    for place, length in ((2, 16), (3, 16)):
        model.graph.input[0].type.tensor_type.shape.dim[place].dim_value = length
    onnx.save(model, str(path))
    with pytest.raises(InputError, match="does not take the picture"):
        Embedder.of(path).distance(textured(0, 1), textured(0, 1))

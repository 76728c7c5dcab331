"""Learned depth with a network of one convolution, made here."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from landfast.errors import InputError, Unsupported
from landfast.vision.depth.choice import align, choose
from landfast.vision.depth.learned import LearnedDepth
from landfast.vision.depth.span import DepthSpan


def network(
    path: Path, *, channels: int = 3, size: tuple[object, object] = ("height", "width")
) -> Path:
    """A model whose inverse depth is the mean of the normalised channels."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1, 3, 1, 1], [1 / 3] * 3)
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["pixel_values", "w"], ["plane"]),
            helper.make_node("Squeeze", ["plane", "axes"], ["predicted_depth"]),
        ],
        "depth",
        [
            helper.make_tensor_value_info(
                "pixel_values", TensorProto.FLOAT, ["batch", channels, *size]
            )
        ],
        [helper.make_tensor_value_info("predicted_depth", TensorProto.FLOAT, None)],
        [weight, axes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LearnedDepth:
    return LearnedDepth(network(tmp_path_factory.mktemp("model") / "depth.onnx"))


def test_answers_in_the_pictures_own_size(model: LearnedDepth) -> None:
    image = np.zeros((54, 96, 3), np.uint8)
    image[:, 48:] = 255
    plane = model(image)
    assert plane.shape == (54, 96) and plane.dtype == np.float32
    # White, normalised as ImageNet: the mean of (1 - mean) / spread over the channels.
    assert plane[27, 90] == pytest.approx((2.2489 + 2.4286 + 2.64) / 3, abs=1e-3)
    assert plane[27, 5] == pytest.approx(-(2.1179 + 2.0357 + 1.8044) / 3, abs=1e-3)


def test_gives_the_same_bytes_twice(model: LearnedDepth) -> None:
    image = np.random.default_rng(1).integers(0, 255, (60, 100, 3), dtype=np.uint8)
    assert model(image).tobytes() == model(image).tobytes()


def test_takes_a_model_of_fixed_size(tmp_path: Path) -> None:
    fixed = LearnedDepth(network(tmp_path / "fixed.onnx", size=(28, 42)))
    assert fixed(np.full((40, 64, 3), 9, np.uint8)).shape == (40, 64)


def test_refuses_another_door(tmp_path: Path) -> None:
    path = tmp_path / "flat.onnx"
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "flat",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path
    )
    with pytest.raises(Unsupported, match="not one batch of RGB"):
        LearnedDepth(path)


def test_refuses_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(InputError, match="not an ONNX model"):
        LearnedDepth(tmp_path / "text.onnx")
    with pytest.raises(InputError, match="not a file"):
        LearnedDepth(tmp_path / "missing.onnx")


@pytest.mark.parametrize("name", ["hf:owner/name/file.onnx", "hf:owner/name@", "hf:../x@1/f.onnx"])
def test_a_hub_model_needs_a_pinned_revision(name: str) -> None:
    with pytest.raises(InputError, match="pinned"):
        LearnedDepth(name)


def _measured() -> tuple[DepthSpan, list[np.ndarray]]:
    """A measured span with a hole, and learned depth that is it under scale and shift."""
    truth = np.linspace(0.2, 3, 40 * 60, dtype=np.float32).reshape(40, 60)
    hole = truth.copy()
    hole[10:20, 10:30] = np.nan
    sure = np.where(np.isnan(hole), 0, 0.9).astype(np.float32)
    span = DepthSpan(
        state="measured",
        reason="made",
        times=(Fraction(0), Fraction(1, 25)),
        lens=None,
        poses=(),
        error_px=0.1,
        inverse=(hole, hole),
        confidence=(sure, sure),
        sky=(np.zeros((40, 60), bool),) * 2,
    )
    learned = ((truth - 0.4) / 2.5).astype(np.float32)
    return span, [learned, learned]


def test_alignment_finds_scale_and_shift_beside_false_values() -> None:
    span, learned = _measured()
    wrong = [plane.copy() for plane in span.inverse]
    wrong[0][:, 50:] = 7
    found = align(learned, wrong, span.confidence)
    assert found is not None
    assert found.scale == pytest.approx(2.5, rel=0.02)
    assert found.shift == pytest.approx(0.4, abs=0.02)


def test_alignment_refuses_depth_that_runs_the_other_way() -> None:
    span, learned = _measured()
    assert align([-plane for plane in learned], span.inverse, span.confidence) is None


def test_auto_fills_holes_and_keeps_what_is_measured() -> None:
    span, learned = _measured()
    filled = choose(span, learned, "auto")
    known = np.isfinite(span.inverse[0])
    assert np.array_equal(filled.inverse[0][known], span.inverse[0][known])
    truth = np.linspace(0.2, 3, 40 * 60).reshape(40, 60)
    assert np.abs(filled.inverse[0] - truth).max() < 0.02
    assert filled.confidence[0][~known].max() < span.confidence[0][known].min()


def test_measured_is_left_alone_and_learned_needs_a_model() -> None:
    span, learned = _measured()
    assert choose(span, learned, "measured") is span
    assert choose(span, None, "auto") is span
    with pytest.raises(InputError, match="needs a model"):
        choose(span, None, "learned")


def test_nothing_measured_stays_unknown_in_auto_and_is_told_in_learned() -> None:
    span, learned = _measured()
    empty = replace(
        span, state="no parallax", inverse=tuple(np.full_like(p, np.nan) for p in span.inverse)
    )
    assert choose(empty, learned, "auto") is empty
    alone = choose(empty, learned, "learned")
    assert alone.state == "no parallax" and "learned depth alone" in alone.reason
    against = choose(span, [-plane for plane in learned], "learned")
    assert against.unit == "relative", "not in the unit of the cameras"
    assert np.isfinite(alone.inverse[0]).all()

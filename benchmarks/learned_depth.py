"""Learned depth in the measured scale: error before and after the alignment, on a rendered flight.

    python -m benchmarks.learned_depth [--scale A] [--shift B] [--noise SHARE]

A tiny ONNX network is made that holds the true inverse depth of every frame, stretched and shifted
(`A * truth + B`, one pair over the span, and noise that is a share of the median); it knows a frame
by its mean brightness. It goes through the same door as a real network (`LearnedDepth`). `alone` is
its answer after one median scale, as if it were inverse depth; `learned` and `auto` are what
`--depth learned` and `--depth auto` make of it beside the measured depth. AbsRel and the share
within 1.25 are those of `benchmarks.depth`, over all pixels and over those that were not measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import onnx
from onnx import TensorProto, helper, numpy_helper

import scenes
from benchmarks.depth import FARTHEST, LAND
from landfast.vision.depth import measure_depth
from landfast.vision.depth.choice import align, choose
from landfast.vision.depth.learned import LearnedDepth

SIZE, FRAMES = (384, 216), 12


def network(path: Path, planes: np.ndarray, brightness: np.ndarray) -> None:
    """Answers with the plane whose picture is as bright, on average, as the one given."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["pixels"], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Sub", ["mean", "brightness"], ["off"]),
            helper.make_node("Abs", ["off"], ["away"]),
            helper.make_node("ArgMin", ["away"], ["frame"], axis=0, keepdims=1),
            helper.make_node("Gather", ["planes", "frame"], ["depth"], axis=0),
        ],
        "truth",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, *planes.shape[1:]])],
        [helper.make_tensor_value_info("depth", TensorProto.FLOAT, [1, *planes.shape[1:]])],
        [
            numpy_helper.from_array(brightness.astype(np.float32), "brightness"),
            numpy_helper.from_array(planes.astype(np.float32), "planes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))


def brightness(images: Sequence[np.ndarray]) -> np.ndarray:
    """Mean of the pictures as ImageNet's networks are given them."""
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return np.array([((image.mean(axis=(0, 1)) / 255 - mean) / spread).mean() for image in images])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=40.0)
    parser.add_argument("--shift", type=float, default=0.6)
    parser.add_argument("--noise", type=float, default=0.02)
    given = parser.parse_args()
    cameras = scenes.path("sideways", FRAMES, size=SIZE, start=scenes.Pose(pitch_deg=-14))
    views = [scenes.render(LAND, camera) for camera in cameras]
    images, truth = [view.image for view in views], [view.depth for view in views]
    inverse = np.array([1 / depth for depth in truth])
    noise = np.random.default_rng(5).normal(size=inverse.shape) * given.noise * np.median(inverse)
    distorted = given.scale * (inverse + noise) + given.shift
    with tempfile.TemporaryDirectory() as folder:
        network(Path(folder) / "net.onnx", distorted, brightness(images))
        learned = [LearnedDepth(str(Path(folder) / "net.onnx"))(image) for image in images]
    span = measure_depth(images, [Fraction(k, 25) for k in range(FRAMES)])
    print(f"{span.state}: {span.reason}")
    fit = align(learned, span.inverse, span.confidence)
    assert fit is not None
    print(f"shift found {-fit.shift / fit.scale:.4f} of the network's units, made {given.shift}")
    holes = np.isnan(np.array(span.inverse))
    rows = {
        "alone": learned,
        "measured": span.inverse,
        "learned": choose(span, learned, "learned").inverse,
        "auto": choose(span, learned, "auto").inverse,
    }
    print(f"{'':<10}{'AbsRel':>8}{'1.25':>7}{'known':>7}   not measured:{'AbsRel':>8}{'1.25':>7}")
    for name, planes in rows.items():
        print(f"{name:<10}{_figures(np.array(planes), np.array(truth), holes)}", flush=True)


def _figures(inverse: np.ndarray, depth: np.ndarray, holes: np.ndarray) -> str:
    """Errors after one median scale over all pixels, and of those within the holes."""
    known = np.isfinite(inverse) & np.isfinite(depth)
    far = 1 / np.maximum(inverse[known] * depth[known], 1e-6)
    far = np.minimum(far / np.median(far), FARTHEST)
    there = far[holes[known]]
    share = known.sum() / np.isfinite(depth).sum()
    return f"{_error(far)}{share:>7.3f}{'':>16}{_error(there) if len(there) else ''}"


def _error(far: np.ndarray) -> str:
    return f"{np.abs(far - 1).mean():>8.4f}{((far > 0.8) & (far < 1.25)).mean():>7.3f}"


if __name__ == "__main__":
    main()

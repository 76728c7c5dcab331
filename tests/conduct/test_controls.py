"""Control videos of real and rendered spans, read back from their files."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from landfast.conduct.controls import depth as depth_module
from landfast.conduct.controls.request import controls_for
from landfast.conduct.controls.write import DOCUMENT, Wanted, make_controls
from landfast.errors import InputError, Unsupported
from landfast.generators.profiles import shipped_profiles
from landfast.media.decode import decode
from landfast.media.files import read_document
from landfast.media.probe import probe
from landfast.media.stills import save_image
from landfast.model.camera import Lens
from landfast.model.camera import Pose as CameraPose
from landfast.model.controls import ControlFile, Controls
from landfast.model.take import Request
from landfast.model.time import Span
from landfast.vision.depth import DepthSpan
from openexr import read_exr
from scenes import Camera, Pose, Scene, View, render, write_video

SCENE = Scene(kind="terrain", seed=2)
SIZE = (192, 112)
RATE = Fraction(16)
COUNT = 25


def span(start: Any, stop: Any) -> Span:
    return Span(start=Fraction(start), stop=Fraction(stop))


def cameras() -> list[Camera]:
    poses = [Pose(y=-260 + 2.0 * k, pitch_deg=-14) for k in range(COUNT)]
    return [Camera.at(pose, SIZE) for pose in poses]


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 frames over hills at 16 a second."""
    images = [_view(place).image for place in range(COUNT)]
    return write_video(
        tmp_path_factory.mktemp("flight") / "flight.mkv", images, fps=RATE, codec="ffv1"
    )


@cache
def _view(place: int) -> View:
    return render(SCENE, cameras()[place])


def truth(places: Sequence[int]) -> list[np.ndarray]:
    """Exact inverse depth of frames."""
    return [(1 / _view(place).depth).astype(np.float32) for place in places]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Depth as it was rendered, with a corner that is not known, and one that is but far."""

    def measure(images: Sequence[np.ndarray], times: Sequence[Fraction], **_: Any) -> DepthSpan:
        places = [round(time * RATE) for time in times]
        inverse = truth(places)
        for each in inverse:
            each[-10:, :20] = np.nan
        lens = Lens(
            width=SIZE[0],
            height=SIZE[1],
            focal_px=cameras()[0].focal,
            centre_x=(SIZE[0] - 1) / 2,
            centre_y=(SIZE[1] - 1) / 2,
            source="given",
        )
        poses = tuple(
            CameraPose(time=time, rotation=(1.0, 0.0, 0.0, 0.0), position=(0.0, 0.0, 2.0 * k))
            for k, time in zip(places, times, strict=True)
        )
        return DepthSpan(
            state="measured",
            reason="as rendered",
            times=tuple(times),
            lens=lens,
            poses=poses,
            error_px=0.1,
            inverse=tuple(inverse),
            confidence=tuple(np.where(np.isnan(each), 0, 1).astype(np.float32) for each in inverse),
            sky=tuple(each == 0 for each in inverse),
            unit="metres",
            far=(_too_far(),) * len(places),
        )

    monkeypatch.setattr(depth_module, "measure_depth", measure)


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def entry(made: Controls, kind: str) -> ControlFile:
    return next(one for one in made.files if one.kind == kind)


def test_depth_video_is_the_truth_in_one_normalisation(flight: Path, tmp_path: Path, measured: Any):
    made = make_controls(flight, tmp_path, Wanted(span("0", "1.5"), ("depth", "known")))
    told = entry(made, "depth")
    levels = told.normalisation
    assert levels is not None
    assert (levels.low, levels.unit, told.origin) == (0.0, "1/metres", "measured")
    images = frames_of(tmp_path / "depth.mkv")
    assert len(images) == made.grid.frames == 24
    step = (levels.high - levels.low) / 255
    for image, inverse in zip(images, truth(range(24)), strict=True):
        back = levels.low + image[..., 0] / 255 * (levels.high - levels.low)
        shown = (inverse <= levels.high) & _known()
        assert np.abs(back - inverse)[shown].max() < step * 0.51
    known = frames_of(tmp_path / "known.mkv")[0][..., 0] == 255
    assert np.array_equal(known, _known())
    assert told.unknown_share == pytest.approx(200 / (192 * 112), abs=1e-4)


def _too_far() -> np.ndarray:
    mask = np.zeros(SIZE[::-1], bool)
    mask[-10:, -20:] = True
    return mask


def _known() -> np.ndarray:
    known = np.ones(SIZE[::-1], bool)
    known[-10:, :20] = False
    return known


def test_the_document_says_what_the_files_are(flight: Path, tmp_path: Path, measured: Any):
    wanted = Wanted(span("0", "1.5"), ("depth", "mask"), model="vace", size=(176, 96))
    made = make_controls(flight, tmp_path, wanted)
    assert read_document(tmp_path / DOCUMENT, Controls) == made
    clip = probe(flight)
    assert (made.clip, made.model, made.convention.name) == (clip.content, "vace", "vace")
    assert (made.grid.width, made.grid.height, made.grid.frames, made.grid.fps) == (176, 96, 25, 16)
    assert [frame.source_index for frame in made.frames] == list(range(25))
    for one in made.files:
        images = frames_of(tmp_path / str(one.file))
        assert len(images) == 25
        assert images[0].shape == (96, 176, 3)
        assert one.taken.startswith("native")
    mask = frames_of(tmp_path / "mask.mp4")
    means = [float(image.mean()) for image in mask]
    assert means[0] < 1 > means[-1]
    assert min(means[1:-1]) > 254


def test_the_same_span_gives_the_same_bytes(flight: Path, tmp_path: Path, measured: Any):
    wanted = Wanted(span("0.2", "1"), ("depth", "mask", "source"), gap=span("0.4", "0.8"))
    for name in ("a", "b"):
        make_controls(flight, tmp_path / name, wanted)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_source_shows_real_frames_and_grey_where_the_mask_is_white(flight: Path, tmp_path: Path):
    wanted = Wanted(
        span("0", "1.5"), ("mask", "source"), "vace", span("0.55", "1"), size=(192, 112),
        container="mkv",
    )  # fmt: skip
    made = make_controls(flight, tmp_path, wanted)
    assert (made.gap.start, made.gap.stop) == (9, 17)
    mask = [image[..., 0] for image in frames_of(tmp_path / "mask.mkv")]
    source = frames_of(tmp_path / "source.mkv")
    real = [picture.rgb() for picture in decode(flight)]
    for k in range(25):
        if 9 <= k < 17:
            assert (mask[k] == 255).all()
            assert (source[k] == 127).all()
        else:
            assert (mask[k] == 0).all()
            assert np.abs(source[k].astype(int) - real[k]).max() <= 2


def test_source_can_carry_depth_through_the_gap(flight: Path, tmp_path: Path, measured: Any):
    wanted = Wanted(span("0", "1.5"), ("depth", "source"), "vace", fill="depth", size=(192, 112),
                    container="mkv")  # fmt: skip
    make_controls(flight, tmp_path, wanted)
    depth, source = frames_of(tmp_path / "depth.mkv"), frames_of(tmp_path / "source.mkv")
    assert np.abs(source[12].astype(int) - depth[12]).max() <= 1
    assert np.abs(source[0].astype(int) - depth[0]).max() > 30


def test_a_mask_file_limits_what_is_generated(flight: Path, tmp_path: Path):
    picture = np.zeros((112, 192, 3), np.uint8)
    picture[:, 96:] = 255
    save_image(tmp_path / "half.png", picture)
    wanted = Wanted(span("0", "1"), ("mask",), gap=span("0.25", "0.75"),
                    mask=str(tmp_path / "half.png"))  # fmt: skip
    made = make_controls(flight, tmp_path / "out", wanted)
    mask = [image[..., 0] for image in frames_of(tmp_path / "out/mask.mkv")]
    assert (mask[0] == 0).all()
    assert (mask[6][:, 96:] == 255).all()
    assert (mask[6][:, :96] == 0).all()
    assert entry(made, "mask").origin == "given"


def test_a_mask_video_is_read_at_the_spans_times(flight: Path, tmp_path: Path):
    images = [np.full((112, 192, 3), 255 * (k >= 6), np.uint8) for k in range(13)]
    write_video(tmp_path / "m.mkv", images, fps=RATE, codec="ffv1")
    wanted = Wanted(span("0.5", "1.25"), ("mask",), model="vace", size=(192, 112),
                    mask=str(tmp_path / "m.mkv"))  # fmt: skip
    make_controls(flight, tmp_path / "out", wanted)
    white = [image.mean() > 127 for image in frames_of(tmp_path / "out/mask.mp4")]
    assert white == [6 <= k < 12 for k in range(13)]


def test_what_is_read_is_never_overwritten(flight: Path, tmp_path: Path):
    mask = tmp_path / "mask.mkv"
    mask.write_bytes(flight.read_bytes())
    with pytest.raises(InputError, match=r"mask.mkv: would be overwritten"):
        make_controls(flight, tmp_path, Wanted(span(0, 1), ("mask",), mask=str(mask)))
    assert mask.read_bytes() == flight.read_bytes()


@pytest.mark.parametrize("shape", [(100, 100), (192, 60)])
def test_a_mask_of_another_shape_is_refused(flight: Path, tmp_path: Path, shape: tuple[int, int]):
    save_image(tmp_path / "m.png", np.zeros((*shape, 3), np.uint8))
    with pytest.raises(InputError, match="in the shape of the footage"):
        make_controls(
            flight, tmp_path / "o", Wanted(span(0, 1), ("mask",), mask=str(tmp_path / "m.png"))
        )


def test_unknown_depth_is_no_file_beside_other_kinds(tmp_path: Path):
    still = np.random.default_rng(0).integers(0, 255, (112, 192, 3)).astype(np.uint8)
    clip = write_video(tmp_path / "still.mkv", [still] * 12, fps=RATE, codec="ffv1")
    out = tmp_path / "out"
    wanted = Wanted(span("0", "0.7"), ("depth", "mask"), depth_formats=("exr",))
    made = make_controls(clip, out, wanted)
    told = entry(made, "depth")
    assert (told.state, told.file, told.sha256, told.normalisation) == ("unknown",) + (None,) * 3
    assert told.reason
    assert not made.exports
    assert "exr: not written" in made.notes[0]
    assert sorted(file.name for file in out.iterdir()) == [DOCUMENT, "mask.mkv"]
    (out / "depth.mp4").write_bytes(b"of an earlier call")
    (out / "notes.txt").write_text("the user's")
    make_controls(clip, out, wanted)
    assert sorted(file.name for file in out.iterdir()) == [DOCUMENT, "mask.mkv", "notes.txt"]
    with pytest.raises(Unsupported, match="depth: cannot be measured") as caught:
        make_controls(clip, tmp_path / "none", Wanted(span("0", "0.7"), ("depth",)))
    assert caught.value.exit_code == 3
    assert not (tmp_path / "none").exists()


def test_depth_known_in_a_corner_only_is_unknown(flight: Path, tmp_path: Path, measured: Any,
                                                 monkeypatch: pytest.MonkeyPatch):  # fmt: skip
    whole = depth_module.measure_depth

    def corner(images: Any, times: Any, **_: Any) -> DepthSpan:
        found = whole(images, times)
        for each in found.inverse:
            each[:, 20:] = np.nan
        return found

    monkeypatch.setattr(depth_module, "measure_depth", corner)
    with pytest.raises(Unsupported, match="of the picture only"):
        make_controls(flight, tmp_path, Wanted(span("0", "1"), ("depth",)))


def test_depth_files_hold_the_depth(flight: Path, tmp_path: Path, measured: Any):
    wanted = Wanted(span("0", "0.25"), (), depth_formats=("exr", "exr-half", "png16"))
    made = make_controls(flight, tmp_path, wanted)
    exr, half, png = made.exports
    assert [len(one.files) for one in made.exports] == [4, 4, 4]
    inverse = truth([3])[0]
    z = read_exr(tmp_path / exr.folder / exr.files[3])
    assert np.isnan(z[~_known() | _too_far()]).all()
    assert np.isinf(z[inverse == 0]).all()
    ground = _known() & ~_too_far() & (inverse > 0)
    assert "1%, too far for the parallax" in exr.meaning
    assert np.allclose(z[ground] * inverse[ground], 1, rtol=1e-6)
    near = read_exr(tmp_path / half.folder / half.files[3])
    assert np.allclose(near[ground], z[ground], rtol=1e-3)
    levels = png.normalisation
    assert levels is not None
    stored = cv2.imread(str(tmp_path / png.folder / png.files[3]), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    assert (stored[~_known()] == 0).all()
    back = levels.low + (stored.astype(float) - 1) / 65534 * (levels.high - levels.low)
    assert np.abs(back - inverse)[_known()].max() <= (levels.high - levels.low) / 65534


def test_cameras_see_the_points_where_the_pictures_show_them(
    flight: Path, tmp_path: Path, measured: Any
):
    wanted = Wanted(span("0", "0.5"), (), cameras=("colmap", "nerfstudio"))
    made = make_controls(flight, tmp_path, wanted)
    for one in made.exports:
        assert all((tmp_path / one.folder / name).is_file() for name in one.files)
    lines = (tmp_path / "colmap/sparse/0/points3D.txt").read_text().splitlines()[1:]
    points = np.array([line.split()[1:7] for line in lines], float)
    assert len(points) > 500
    fields = (tmp_path / "colmap/sparse/0/cameras.txt").read_text().splitlines()[1].split()
    focal, cx, cy = (float(value) for value in fields[4:7])
    # The first picture's points come first; seen from the first camera they lie on its pixels.
    image = cv2.imread(str(tmp_path / "colmap/images/frame_000000.png"))[..., ::-1]
    first = points[:200]
    x, y = (first[:, :2] / first[:, 2:3] * focal + [cx, cy] - 0.5).T.round().astype(int)
    assert np.array_equal(image[y, x], first[:, 3:])


def request_of(frames: int, fps: Fraction, width: int, height: int) -> Request:
    return Request(
        segment="gap_0010",
        generator="fal:wan-vace-14b",
        first="a",
        last="b",
        constraints=(),
        width=width,
        height=height,
        frames=frames,
        fps=fps,
    )


def vace_profile(*kinds: str) -> Any:
    found = next(one for one in shipped_profiles() if one.name == "fal:wan-vace-14b")
    return found.model_copy(update={"controls": kinds})


def test_a_request_gets_the_controls_its_model_takes(flight: Path, measured: Any):
    clip = probe(flight)
    profile = vace_profile("mask", "depth")
    controls = controls_for(
        request_of(9, RATE, 96, 64), profile, flight, clip, anchors=(2, 18), faults=("chosen",)
    )
    assert [control.kind for control in controls] == ["depth", "mask"]
    depth, mask = controls
    assert depth.normalisation is not None
    for control in controls:
        images = list(control.frames())
        assert len(images) == control.count == 9
        assert {image.shape for image in images} == {(64, 96, 3)}
        assert np.array_equal(images[3], list(control.frames())[3])
    white = [image.mean() for image in mask.frames()]
    assert white == [0, *([255] * 7), 0]


def test_depth_of_spoilt_footage_is_not_asked_for_again(flight: Path, measured: Any):
    clip = probe(flight)
    controls = controls_for(
        request_of(9, RATE, 96, 64),
        vace_profile("mask", "depth", "source"),
        flight,
        clip,
        anchors=(2, 18),
        faults=("shaken",),
    )
    assert [control.kind for control in controls] == ["mask", "source"]
    assert not controls_for(
        request_of(9, RATE, 96, 64), vace_profile(), flight, clip, anchors=(2, 18)
    )


def _network(tmp_path: Path) -> str:
    """An ONNX file whose depth is the picture's brightness, turned round."""
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1], keepdims=0),
         helper.make_node("Neg", ["mean"], ["depth"])],
        "brightness",
        [helper.make_tensor_value_info("image", kind, [1, 3, 56, 98])],
        [helper.make_tensor_value_info("depth", kind, [1, 56, 98])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(tmp_path / "net.onnx"))
    return str(tmp_path / "net.onnx")


def test_a_network_gives_depth_where_nothing_moves(tmp_path: Path):
    pytest.importorskip("onnxruntime")
    ramp = np.empty((112, 192, 3), np.uint8)
    ramp[:] = np.linspace(220, 20, 112)[:, None, None]
    ramp[40:60, 50:90] = np.random.default_rng(0).integers(0, 255, (20, 40, 3))
    clip = write_video(tmp_path / "still.mkv", [ramp] * 12, fps=RATE, codec="ffv1")
    model = _network(tmp_path)
    learned = Wanted(
        span("0", "0.7"), ("depth",), depth="learned", depth_model=model, cameras=("colmap",)
    )
    made = make_controls(clip, tmp_path / "l", learned)
    assert made.notes == (
        "colmap: not written, because learned depth stands alone: no camera was measured",
    )
    told = entry(made, "depth")
    assert (told.state, told.origin, told.unknown_share) == ("written", "learned", 0)
    assert told.normalisation is not None
    assert told.normalisation.unit == "1/relative"
    image = frames_of(tmp_path / "l/depth.mkv")[0][..., 0].astype(int)
    assert image[100:].mean() > image[:10].mean() + 150
    automatic = Wanted(span("0", "0.7"), ("depth",), depth="auto", depth_model=model)
    with pytest.raises(Unsupported, match="cannot be measured"):
        make_controls(clip, tmp_path / "a", automatic)
    with pytest.raises(InputError, match="needs a depth network; add --depth-model"):
        make_controls(clip, tmp_path / "n", Wanted(span("0", "0.7"), ("depth",), depth="learned"))


def _segmenter(folder: Path) -> str:
    """A network that calls red water and all else built."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    kernel = np.array([[30, -30, 0], [-30, 30, 0]], np.float32).reshape(2, 3, 1, 1)
    frame = [1, 3, 56, 96]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "kernel"], ["scores"])],
        "segmenter",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, frame)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 2, 56, 96])],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "seg.onnx"))
    (folder / "seg.json").write_text('{"labels": {"0": "river", "1": "house"}}')
    return str(folder / "seg.onnx")


def test_a_segmenter_labels_and_masks(tmp_path: Path):
    pytest.importorskip("onnxruntime")
    picture = np.random.default_rng(0).integers(0, 60, (112, 192, 3), dtype=np.uint8)
    picture[:56, :, 0] += 180
    picture[56:, :, 1] += 180
    clip = write_video(tmp_path / "two.mkv", [picture] * 6, fps=RATE, codec="ffv1")
    wanted = Wanted(
        span("0", "0.3"), ("labels", "mask"), mask="water", label_model=_segmenter(tmp_path)
    )
    made = make_controls(clip, tmp_path / "out", wanted)
    told = entry(made, "labels")
    assert (told.state, told.origin) == ("written", "learned")
    shares = {one.label: one.share for one in told.labels}
    assert shares["water"] == pytest.approx(0.5, abs=0.05)
    assert shares["built"] == pytest.approx(0.5, abs=0.05)
    assert entry(made, "mask").origin == "learned"
    white = frames_of(tmp_path / "out/mask.mkv")[2][..., 0]
    assert white[:48].mean() > 240 and white[64:].mean() < 10
    missing = Wanted(span("0", "0.3"), ("labels",), label_model=str(tmp_path / "none.onnx"))
    with pytest.raises(InputError, match="no such model"):
        make_controls(clip, tmp_path / "m", missing)


def test_learned_depth_fills_what_was_not_measured(flight: Path, tmp_path: Path, measured: Any,
                                                   monkeypatch: pytest.MonkeyPatch):  # fmt: skip
    class Perfect:
        """Twice the truth and a half, in all of the picture."""

        def __init__(self, source: str) -> None:
            self.calls = 0

        def __call__(self, image: np.ndarray) -> np.ndarray:
            self.calls += 1
            return (2 * truth([self.calls - 1])[0] + 0.5).astype(np.float32)

    monkeypatch.setattr(depth_module, "LearnedDepth", Perfect)
    wanted = Wanted(span("0", "0.5"), ("depth",), depth_model="net")
    told = entry(make_controls(flight, tmp_path, wanted), "depth")
    assert (told.origin, told.unknown_share) == ("measured and learned", 0)
    levels = told.normalisation
    assert levels is not None
    image = frames_of(tmp_path / "depth.mkv")[4][..., 0]
    back = levels.low + image / 255 * (levels.high - levels.low)
    inverse = truth([4])[0]
    hole = ~_known() & (inverse <= levels.high)
    assert np.abs(back - inverse)[hole].max() < (levels.high - levels.low) / 100

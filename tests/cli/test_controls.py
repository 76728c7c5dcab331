"""`landfast controls` from the command line: what it writes, and what it refuses."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from cli.command import Command
from landfast.media.encode import Encoder
from landfast.model.clip import Colour
from scenes import Pose, Scene, path, town, video, write_video

RATE = Fraction(16)


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """14 frames sideways over hills and houses, 160 x 96, 16 a second."""
    return _clip(tmp_path_factory.mktemp("flight") / "flight.mkv", _images(2))


def _images(seed: int, frames: int = 14) -> list[Any]:
    scene = Scene(kind="terrain", seed=seed, boxes=town(seed))
    start = Pose(pitch_deg=-15)
    return video(scene, path("sideways", frames, start=start, size=(160, 96), step=2.5))


def _clip(target: Path, images: list[Any]) -> Path:
    return write_video(target, images, fps=RATE, codec="ffv1")


def _frames(file: Path) -> list[np.ndarray]:
    with av.open(str(file)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_the_main_case(landfast: Command, flight: Path) -> None:
    done = landfast(
        "controls", flight, "--span", "0-0.8", "-o", "c", "--kind", "depth,edges,mask",
        "--for", "vace", "--size", "160x96", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.json == json.loads(Path("c/controls.json").read_text())
    assert done.json["type"] == "controls"
    grid = done.json["grid"]
    assert (grid["frames"], grid["fps"], grid["width"], grid["height"]) == (13, "16", 160, 96)
    for kind, file in zip(("depth", "edges", "mask"), done.json["files"], strict=True):
        assert (file["kind"], file["state"], file["file"]) == (kind, "written", f"{kind}.mp4")
        assert len(_frames(Path("c") / file["file"])) == 13
    depth = _frames(Path("c/depth.mp4"))[6][..., 0].astype(float)
    assert depth[:8].mean() < depth[-8:].mean() - 40


def test_words_name_every_file(landfast: Command, flight: Path) -> None:
    done = landfast("controls", flight, "--span", "0-0.8", "-o", "c", "--kind", "mask,labels")
    assert done.code == 0, done.err
    for word in ("mask.mkv", "labels.mkv", "13 frames of 160x96", "the footage's own times"):
        assert word in done.out


def test_a_cut_inside_the_span_leaves_depth_out(landfast: Command, tmp_path: Path) -> None:
    clip = _clip(tmp_path / "cut.mkv", [*_images(2, 8), *_images(9, 8)])
    done = landfast("controls", clip, "--span", "0-1", "-o", "c", "--kind", "depth,mask", "--json")
    assert done.code == 0
    told = done.json["files"][0]
    assert (told["state"], told["file"]) == ("unknown", None)
    assert "depth: no file" in done.err
    assert not Path("c/depth.mkv").exists()
    alone = landfast("controls", clip, "--span", "0-1", "-o", "d", "--kind", "depth")
    assert alone.code == 3
    assert "frame 8" in alone.err
    assert not Path("d").exists()


def test_sky_alone_is_unknown(landfast: Command, tmp_path: Path) -> None:
    sky = np.empty((96, 160, 3), np.uint8)
    sky[:] = np.linspace(120, 220, 96)[:, None, None]
    clip = _clip(tmp_path / "sky.mkv", [sky] * 12)
    done = landfast("controls", clip, "--span", "0-0.7", "-o", "c", "--kind", "depth")
    assert (done.code, done.out) == (3, "")
    assert "sky.mkv: depth: cannot be measured in 0.000-0.700" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--span", "0-9"], 2, "lies outside the clip, which lasts 0.875 s"),
        (["--span", "5-6"], 2, "lies outside"),
        (["--span", "0.5"], 2, "--span: is not a span"),
        (["--span", "0-0.1", "--for", "vace"], 3, "at least 5 are needed"),
        (["--span", "0-0.8", "--for", "fal:wan-vace-14b"], 3, "at least 81 are needed"),
        (["--span", "0-0.8", "--for", "sora"], 2, "no model 'sora'; choose from vace"),
        (["--span", "0-0.8", "--kind", "depht"], 2, "knows no 'depht'; choose from depth"),
        (["--span", "0-0.8", "--kind", ""], 2, "asks for nothing"),
        (["--span", "0-0.8", "--depth-format", "tiff"], 2, "choose from png16, exr"),
        (["--span", "0-0.8", "--cameras", "blender"], 2, "choose from colmap, nerfstudio"),
        (["--span", "0-0.8", "--size", "100"], 2, "write it like 832x480"),
        (["--span", "0-0.8", "--for", "ltx", "--size", "100x90"], 3, "multiples of 32"),
        (["--span", "0-0.8", "--gap", "2-3"], 2, "gap 2.000-3.000: lies outside"),
        (["--span", "0-0.8", "--kind", "mask", "--mask", "no.png"], 2, "no.png: does not exist"),
        (["--span", "0-0.8", "--kind", "mask", "--mask", "lake"], 2, "lake: does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    landfast: Command, flight: Path, arguments: list[str], code: int, words: str
) -> None:
    done = landfast("controls", flight, "-o", "c", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert not Path("c").exists()


def _awkward(target: Path, transfer: str, rotation: int, ticks: list[int]) -> Path:
    """Ten bit footage, turned, at uneven times."""
    colour = Colour(primaries="bt2020", transfer=transfer, matrix="bt2020nc", range="limited")
    images = [np.rot90(image) for image in _images(3, len(ticks))] if rotation else _images(3)
    height, width = images[0].shape[:2]
    with Encoder(
        target, width=width, height=height, time_base=Fraction(1, 600), codec="hevc", colour=colour,
        pixel_format="yuv420p10le", quality="draft", rotation=rotation,  # type: ignore[arg-type]
    ) as encoder:  # fmt: skip
        for k, tick in enumerate(ticks):
            following = ticks[k + 1] if k + 1 < len(ticks) else tick + 40
            encoder.write(np.ascontiguousarray(images[k]), tick=tick, duration=following - tick)
    return target


UNEVEN = [0, 20, 60, 100, 120, 180, 220, 260, 280, 320, 360, 420]


def test_turned_ten_bit_footage_of_variable_rate(landfast: Command, tmp_path: Path) -> None:
    clip = _awkward(tmp_path / "a.mp4", "bt709", 90, UNEVEN)
    done = landfast(
        "controls", clip, "--span", "0-0.7", "-o", "c", "--kind", "mask,source", "--for", "vace",
        "--size", "96x160", "--gap", "0.35-0.5", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    grid = done.json["grid"]
    assert (grid["source_width"], grid["source_height"], grid["frames"]) == (96, 160, 9)
    shown = [Fraction(frame["source_time"]) for frame in done.json["frames"]]
    wanted = [min(UNEVEN, key=lambda t: (abs(Fraction(t, 600) - Fraction(k, 16)), t))
              for k in range(9)]  # fmt: skip
    assert shown == [Fraction(tick, 600) for tick in wanted]
    own = landfast("controls", clip, "--span", "0-0.7", "-o", "o", "--kind", "mask", "--json").json
    assert [Fraction(frame["time"]) * 600 for frame in own["frames"]] == UNEVEN[:-1]
    with av.open("o/mask.mkv") as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([tick / 600 for tick in UNEVEN[:-1]], abs=1e-3)


def test_hdr_footage_gives_masks_but_no_source(landfast: Command, tmp_path: Path) -> None:
    clip = _awkward(tmp_path / "h.mp4", "smpte2084", 0, UNEVEN)
    span = ("--span", "0-0.6", "-o", "c", "--json")
    assert landfast("controls", clip, *span, "--kind", "mask,edges").code == 0
    done = landfast("controls", clip, *span, "--kind", "source")
    assert (done.code, done.out) == (3, "")
    assert "smpte2084 (HDR)" in done.err

"""A real take with its real surroundings, and ways to spoil it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import as_file, files

import av
import cv2
import numpy as np
import pytest

from landfast.model.constraint import KeepScene
from landfast.verify import FootageFrames, Judgement, TakeFrames, judge
from scenes import Scene, path, video
from verify.faults import Frames, bulge

RATE = Fraction(30000, 1001)
START, GAP, AROUND = 60, 20, 10
SIZE = (640, 360)


@dataclass(frozen=True)
class Shot:
    """The true frames of a gap in the bundled clip."""

    frames: list[np.ndarray]
    footage: FootageFrames

    def take(self, frames: list[np.ndarray] | None = None) -> TakeFrames:
        return TakeFrames(self.frames if frames is None else frames, RATE)


@pytest.fixture(scope="session")
def shot() -> Shot:
    with as_file(files("landfast.data") / "karma.mp4") as path, av.open(str(path)) as container:
        pictures = []
        for k, frame in enumerate(container.decode(video=0)):
            if k > START + GAP + AROUND:
                break
            if k >= START - AROUND:
                rgb = frame.to_ndarray(format="rgb24")
                pictures.append(cv2.resize(rgb, SIZE, interpolation=cv2.INTER_AREA))
    middle = pictures[AROUND : AROUND + GAP + 1]
    return Shot(middle, FootageFrames(pictures[:AROUND], pictures[AROUND + GAP + 1 :], RATE))


@pytest.fixture(scope="session")
def elsewhere() -> np.ndarray:
    """A picture of another place."""
    return video(Scene("terrain", seed=5), path("still", 1, size=(320, 180)))[0]


@pytest.fixture(scope="session")
def warped(shot: Shot) -> tuple[Frames, Judgement]:
    """A take with a warp, and what the scene check says about it."""
    made = bulge(shot.frames, 5.0, (0.7, 0.75))
    found = judge(
        shot.take(made),
        start=shot.frames[0],
        end=shot.frames[-1],
        footage=shot.footage,
        constraints=[KeepScene()],
    )
    return made, found

"""A rendered flight that several checks are tried on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenes import Pose, Scene, path, town, video


@pytest.fixture(scope="session")
def orbited() -> list[np.ndarray]:
    """An orbit over a town, 17 frames."""
    start = replace(Pose(), pitch_deg=-60.0)
    cameras = path("orbit", 17, start=start, size=(480, 270), shake_px=0.3, seed=404)
    return video(Scene("terrain", seed=404, boxes=town(404, 6)), cameras)

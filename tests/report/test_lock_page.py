from __future__ import annotations

import numpy as np
import pytest

from landfast.model.lock import Lock, LockFrame, TimeMap
from landfast.report.lock_page import LockView, render_lock, spectrum


def lock(state: str = "locked") -> Lock:
    measured = state != "unknown"
    waves = [(float(np.sin(k / 3)), 0.5) for k in range(30)]
    frames = [
        LockFrame(
            time_s=k / 25,
            overlay_frame=k,
            before_px=way if measured else None,
            after_px=(0.01, 0.0) if measured and k != 7 else None,
            corners=None,
        )
        for k, way in enumerate(waves)
    ]
    return Lock(
        state=state,
        reason="drift <b>taken</b> out",
        model="plane" if measured else None,
        frames=30,
        width=1920,
        height=1080,
        fps=25.0,
        drift_before_px=0.96 if measured else None,
        drift_after_px=0.01 if measured else None,
        drift_before_max_px=1.4 if measured else None,
        drift_after_max_px=0.02 if measured else None,
        changed_px=1.4,
        noise_px=0.02 if measured else None,
        weighed={"plane": 0.96} if measured else {},
        horizon=False,
        storage="straight",
        time_map=TimeMap(rule="frame for frame", overlay_frames=30, overlay_fps=25.0,
                         footage_frames=30, footage_fps=25.0),
        path=tuple(frames),
    )  # fmt: skip


def test_the_page_tells_the_figures_and_escapes_words() -> None:
    page = render_lock(LockView(name="<logo>.mov", lock=lock()))
    assert "0.96\N{NO-BREAK SPACE}px before, 0.01\N{NO-BREAK SPACE}px after" in page
    assert "0.50 thousandths of the width" in page
    assert "&lt;logo&gt;.mov" in page
    assert "<b>taken</b>" not in page
    assert "nan" not in page


def test_what_is_not_known_says_so() -> None:
    page = render_lock(LockView(name="logo.mov", lock=lock("unknown")))
    assert "nothing was changed" in page
    assert "not measured" in page


def test_the_spectrum_finds_the_wave() -> None:
    waves = spectrum([(float(3 * np.sin(2 * np.pi * k / 10)), 0.0) for k in range(100)])
    assert np.argmax(waves) == 10
    assert max(waves) == pytest.approx(3, rel=0.02)

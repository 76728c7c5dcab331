"""Only a part of a service's clip is laid into a take that lies on disk."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.conduct import orders
from landfast.conduct.orders import order_take
from landfast.conduct.patching import Patching, kept, patched
from landfast.conduct.writing import Grid, write_take
from landfast.generators.base import Material
from landfast.ledger.ledger import Ledger
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.media.stills import image_id
from landfast.model.clip import Colour
from landfast.model.take import Patch
from ledger.material import run_record
from paid import FPS, FRAMES, SIZE, FakeClock, Script, Service, asked, generator_for, small_profile

COLOUR = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
WIDE = (2 * SIZE[0], 2 * SIZE[1])
REGIONS = ((0.25, 0.25, 0.5, 0.5),)
PATCH = Patch(base="b" * 64, regions=REGIONS)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A take at the footage's own size: twice the service's."""
    path = tmp_path / "base.mkv"
    frames = (np.full((WIDE[1], WIDE[0], 3), 40 + k, np.uint8) for k in range(FRAMES))
    write_take(path, frames, Grid(FRAMES, FPS, *WIDE), COLOUR)
    return path


def pixels(path: Path) -> list[np.ndarray]:
    return [picture.rgb() for picture in decode(path)]


@pytest.mark.parametrize("kind", ["masked", "blind", "blind, fails"])
def test_the_take_has_the_size_of_the_footage_and_the_service_fills_the_part(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(orders, "fitted", lambda images, *_, **__: (images, ("fitted",)))
    service, profile = Service(Script(), FakeClock()), small_profile("luma")
    maker, image = generator_for(service, profile), np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    (tmp_path / "run").mkdir()
    with Ledger.create(tmp_path / "run", {"run": run_record()}) as ledger:
        request = asked(profile).model_copy(update={"patch": PATCH})
        row = ledger.intend(request, attempt=1, price=Fraction(1))
        patching = Patching(base, REGIONS, masked=kind == "masked")
        row = order_take(
            ledger,
            maker,
            row,
            Material(image, image),
            "take.mkv",
            grid=Grid(FRAMES, FPS, *WIDE),
            colour=COLOUR,
            patching=patching,
            passes=lambda _: kind != "blind, fails",
        )
    assert row.take is not None and row.ordered is not None
    assert (row.take.width, row.take.height) == WIDE
    assert row.take.adjustments[0] == "fitted"
    share = {"masked": "only 25%", "blind": "only ", "blind, fails": "all of the picture"}[kind]
    assert share in row.take.adjustments[1]
    assert "takes no mask" in row.ordered.adjustments[-1]
    made, old = pixels(tmp_path / "run" / "take.mkv"), pixels(base)
    outside = kept(REGIONS, WIDE) > 0
    rest = all((new[outside] == was[outside]).all() for new, was in zip(made, old, strict=True))
    assert rest == (kind == "masked")
    middle = made[6][WIDE[1] // 2, WIDE[0] // 2]
    assert np.abs(middle.astype(int) - old[6][0, 0]).max() > 20
    assert (made[0] == old[0]).all() and (made[-1] == old[-1]).all()


def test_what_stays_is_asked_for_and_can_be_checked(base: Path) -> None:
    clip = probe(base)
    blind = small_profile("luma")
    assert not patched(asked(blind), PATCH, clip, blind).constraints
    masks = blind.model_copy(update={"inpaints": True})
    request = patched(asked(masks), PATCH, clip, masks)
    (keep,) = request.constraints
    assert keep.kind == "region"
    plates = Patching(base, REGIONS, masked=True).plates()
    assert list(plates) == [keep.mask]
    plate = plates[keep.mask]
    assert image_id(plate.mask) == keep.mask
    assert len(plate.frames) == FRAMES
    assert (plate.mask == 0).mean() > 0.25

"""Creative settings: used where the model has them, passed over where not, refused out of range."""

from __future__ import annotations

import pytest

from landfast.conduct.workflow import NAMES, open_workflow
from landfast.errors import Unsupported
from landfast.generators.profiles import shipped_profile
from landfast.generators.registry import profiles
from landfast.generators.remote.lowering import lower
from landfast.model.profile import Knob, Profile
from landfast.planning.request import creative
from loopback.orders import order

KNOBS = (
    Knob(name="guidance", service="guidance_scale", least=1, most=20),
    Knob(name="steps", service="num_inference_steps", least=2, most=50, whole=True),
)
MODEL: Profile = shipped_profile("geometry").model_copy(update={"knobs": KNOBS})


def test_what_the_model_has_is_taken() -> None:
    wished = {"guidance": 4, "steps": 25, "temperature": 0.7}
    assert creative(wished, MODEL) == {"guidance": 4.0, "steps": 25.0}
    assert creative(wished, shipped_profile("geometry")) == {}


@pytest.mark.parametrize(
    "wished", [{"guidance": 0.5}, {"guidance": 21}, {"steps": 2.5}, {"steps": 51}]
)
def test_what_it_cannot_take_is_refused_before_any_cost(wished: dict[str, float]) -> None:
    with pytest.raises(Unsupported, match=r"\[settings\]"):
        creative(wished, MODEL)


@pytest.mark.parametrize("name", NAMES)
def test_packaged_workflows_suit_every_shipped_model(name: str) -> None:
    for profile in profiles():
        creative(open_workflow(name).settings, profile)


def test_services_get_their_own_names() -> None:
    profile = next(
        one for one in profiles() if (one.generator, one.model) == ("fal", "wan-vace-14b")
    )
    asked = order(profile, seconds=5, size=(480, 480)).model_copy(
        update={"settings": {"guidance": 4.0, "steps": 25.0}}
    )
    found = lower(asked, profile).settings
    assert found == {"guidance_scale": 4.0, "num_inference_steps": 25}
    assert isinstance(found["num_inference_steps"], int)

"""Constraints: the same record is asked of the generator and checked on its result."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from landfast.model.record import Record

Strength = Literal["required", "preferred"]


class Keep(Record):
    """What every constraint says."""

    strength: Strength = "required"


class KeepEndpoint(Keep):
    """The first or last frame of the take is the anchor, up to crop, scale and colour."""

    kind: Literal["endpoint"] = "endpoint"
    at: Literal["start", "end"]
    image: str
    """Content id of the anchor's pixels."""


class KeepScene(Keep):
    """The world is rigid: one camera path explains what the take shows."""

    kind: Literal["scene"] = "scene"


class KeepPersistence(Keep):
    """What both anchors show stays; nothing appears that neither shows, nothing vanishes."""

    kind: Literal["persistence"] = "persistence"


class KeepTexture(Keep):
    """Detail stays on its surface and as sharp as at both ends."""

    kind: Literal["texture"] = "texture"


class KeepMotion(Keep):
    """Image motion at both joins continues the footage; no freeze, no jump."""

    kind: Literal["motion"] = "motion"


class KeepSteady(Keep):
    """No flicker."""

    kind: Literal["steady"] = "steady"


class KeepColour(Keep):
    """Colour runs from one anchor's to the other's and drifts nowhere else."""

    kind: Literal["colour"] = "colour"


class KeepHorizon(Keep):
    """Where a horizon is in sight it lies as at the anchors, or runs from one to the other."""

    kind: Literal["horizon"] = "horizon"


class KeepDepth(Keep):
    """Parallax agrees with the depth that the real footage shows; the world is not flat."""

    kind: Literal["depth"] = "depth"


class KeepRegion(Keep):
    """Pixels under the mask are the footage's own."""

    kind: Literal["region"] = "region"
    mask: str
    """Content id of the mask: white is kept."""


Constraint = Annotated[
    KeepEndpoint
    | KeepScene
    | KeepPersistence
    | KeepTexture
    | KeepMotion
    | KeepSteady
    | KeepColour
    | KeepHorizon
    | KeepDepth
    | KeepRegion,
    Field(discriminator="kind"),
]
"""The closed union. A kind is added together with its check in `landfast.verify`."""

ConstraintKind = Literal[
    "endpoint",
    "scene",
    "persistence",
    "texture",
    "motion",
    "steady",
    "colour",
    "horizon",
    "depth",
    "region",
]

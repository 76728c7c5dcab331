"""Constraints: the same record is asked of the generator and checked on its result."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from landfast.model.record import Record

Strength = Literal["required", "preferred"]


class KeepEndpoint(Record):
    """The first or last frame of the take is the anchor, up to crop, scale and colour."""

    kind: Literal["endpoint"] = "endpoint"
    strength: Strength = "required"
    at: Literal["start", "end"]
    image: str
    """Content id of the anchor's pixels."""


class KeepScene(Record):
    """The world is rigid: one camera path explains what the take shows."""

    kind: Literal["scene"] = "scene"
    strength: Strength = "required"


class KeepPersistence(Record):
    """What both anchors show stays; nothing appears that neither shows, nothing vanishes."""

    kind: Literal["persistence"] = "persistence"
    strength: Strength = "required"


class KeepTexture(Record):
    """Detail stays on its surface and as sharp as at both ends."""

    kind: Literal["texture"] = "texture"
    strength: Strength = "required"


class KeepMotion(Record):
    """Image motion at both joins continues the footage; no freeze, no jump."""

    kind: Literal["motion"] = "motion"
    strength: Strength = "required"


class KeepSteady(Record):
    """No flicker."""

    kind: Literal["steady"] = "steady"
    strength: Strength = "required"


class KeepColour(Record):
    """Colour runs from one anchor's to the other's and drifts nowhere else."""

    kind: Literal["colour"] = "colour"
    strength: Strength = "required"


class KeepHorizon(Record):
    """Where a horizon is in sight it lies as at the anchors, or runs from one to the other."""

    kind: Literal["horizon"] = "horizon"
    strength: Strength = "required"


class KeepDepth(Record):
    """Parallax agrees with the depth that the real footage shows; the world is not flat."""

    kind: Literal["depth"] = "depth"
    strength: Strength = "required"


class KeepRegion(Record):
    """Pixels under the mask are the footage's own."""

    kind: Literal["region"] = "region"
    strength: Strength = "required"
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

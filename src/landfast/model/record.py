"""What every record shares: frozen, validated, unknown fields refused, a stable content key."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from landfast.errors import InputError

D = TypeVar("D", bound="Document")


class Record(BaseModel):
    """A frozen value; equal content is equal."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        ser_json_inf_nan="null",
        validate_default=True,
    )

    @property
    def key(self) -> str:
        """SHA-256 (hex) of the record's canonical JSON; independent of field order."""
        return hashlib.sha256(canonical(self.model_dump(mode="json")).encode()).hexdigest()


class Document(Record):
    """A record that is saved on its own: its JSON starts with `type` and `version`."""

    VERSION: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """Name of the record as it stands in the JSON."""
        return cls.__name__.lower()

    def body(self) -> dict[str, Any]:
        """What its JSON holds, type and version first."""
        return {"type": self.type_name(), "version": self.VERSION, **self.model_dump(mode="json")}

    def to_json(self) -> str:
        """Readable JSON, the same text for the same content, ending in a newline."""
        return json.dumps(self.body(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls: type[D], text: str | bytes, *, source: str = "record") -> D:
        """Read what `to_json` wrote.

        Args:
            text: The JSON document.
            source: Name for error messages, usually the file's name.

        Raises:
            InputError: Not JSON, another type, another version, an unknown or wrong field.
        """
        try:
            body: Any = json.loads(text)
        except (ValueError, UnicodeDecodeError) as error:
            raise InputError(
                f"is not JSON ({error})", subject=source, remedy="give a file that landfast wrote"
            ) from error
        if not isinstance(body, dict) or body.get("type") != cls.type_name():
            raise InputError(
                f"does not hold a {cls.type_name()}",
                subject=source,
                remedy=f"give the JSON of a {cls.type_name()}",
            )
        version = body.get("version")
        if version != cls.VERSION:
            raise InputError(
                f"holds version {version} of {cls.type_name()}, this landfast reads {cls.VERSION}",
                subject=source,
                remedy="use the landfast that wrote it, or make it anew",
            )
        fields = {name: value for name, value in body.items() if name not in ("type", "version")}
        try:
            return cls.model_validate_json(json.dumps(fields))
        except ValidationError as error:
            raise InputError(
                describe(error), subject=source, remedy="correct the field or make the file anew"
            ) from error


def canonical(value: Any) -> str:
    """The one JSON text of a JSON-like value: sorted names, no blanks, no NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def describe(error: ValidationError) -> str:
    """The first complaint of a validation error in one line."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the record"
    return f"field {where}: {first['msg']} (got {first.get('input')!r:.80})"

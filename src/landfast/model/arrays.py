"""Annotations of arrays: jaxtyping's, where somebody reads them.

Type checkers do, and the tests, for which pytest has loaded jaxtyping. A command never looks at
its annotations, and loading jaxtyping takes as long as measuring a second of 4K.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import (
        Bool,
        Complex128,
        Float,
        Float32,
        Float64,
        Int,
        Int8,
        Int16,
        Int64,
        Shaped,
        UInt8,
        UInt16,
    )
else:

    class _Unread:
        """Stands for an array of any shape."""

        def __class_getitem__(cls, _: Any) -> type:
            return cls

    Bool = Complex128 = Float = Float32 = Float64 = _Unread
    Int = Int8 = Int16 = Int64 = Shaped = UInt8 = UInt16 = _Unread

__all__ = [
    "Bool",
    "Complex128",
    "Float",
    "Float32",
    "Float64",
    "Int",
    "Int8",
    "Int16",
    "Int64",
    "Shaped",
    "UInt8",
    "UInt16",
]

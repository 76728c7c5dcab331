"""How far apart in kind two pictures are by a learned embedding (CLIP, DINOv2 and the like).

Any network that gives one vector a picture will do; of a transformer's tokens the first speaks.
Two pictures are as far apart as one less the cosine of their vectors. From which distance on they
show different scenes depends on the network, so its table says it:
`{"unrelated": 0.4, "size": [224, 224]}`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Float64, UInt8
from landfast.vision.network import Network

FILE = "LANDFAST_EMBEDDING"
"""Names the ONNX file, in the environment."""
_SIDE = 224


@dataclass(frozen=True, slots=True)
class Embedder:
    """A learned embedding that was read from a local file."""

    network: Network
    unrelated: float
    """Distance from which two pictures show different scenes, 0 to 1."""

    @classmethod
    def of(cls, path: Path) -> Embedder:
        """Read a network and its table.

        Raises:
            InputError: No such file, not a network, or a table without `unrelated`.
            Unsupported: The extra `onnx` is not installed.
        """
        network = Network.of(path, usual=_SIDE)
        limit: Any = network.table.get("unrelated")
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < 1:
            raise InputError(
                "does not say from which distance pictures are unrelated",
                subject=str(path),
                remedy=f'write {path.with_suffix(".json").name} with {{"unrelated": 0.4}}',
            )
        return cls(network, float(limit))

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.network.path.stem

    def distance(
        self,
        a: UInt8[np.ndarray, "height width 3"],
        b: UInt8[np.ndarray, "height width 3"],
    ) -> float:
        """From 0, the same direction, to 1, nothing in common (RGB pictures).

        Raises:
            InputError: The network gives no vector.
        """
        return float(np.clip(1 - self._vector(a) @ self._vector(b), 0, 1))

    def _vector(self, image: UInt8[np.ndarray, "height width 3"]) -> Float64[np.ndarray, " number"]:
        answer = self.network.answer(image)
        # Tokens (1 x token x number): the first stands for the picture. Else one vector.
        vector = (answer[0, 0] if answer.ndim == 3 else answer.reshape(-1)).astype(np.float64)
        length = float(np.linalg.norm(vector))
        if len(vector) < 2 or not np.isfinite(length) or length == 0:
            raise InputError(
                f"gives no embedding but an array of {' x '.join(map(str, answer.shape))}",
                subject=str(self.network.path),
                remedy="give a model that turns a picture into one vector",
            )
        return np.asarray(vector / length)


def configured() -> Embedder | None:
    """The embedding that `LANDFAST_EMBEDDING` names; None where it names none.

    Raises:
        InputError, Unsupported: As `Embedder.of`.
    """
    name = os.environ.get(FILE)
    return _kept(Path(name)) if name else None


@lru_cache(maxsize=2)
def _kept(path: Path) -> Embedder:
    return Embedder.of(path)

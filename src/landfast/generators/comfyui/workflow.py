"""A workflow in ComfyUI's API format, whose nodes' titles say what goes into them.

A node that is titled `landfast:first` is given the first anchor, `landfast:seed` the seed; a node
may bear several such words, and `landfast:seed=noise_seed` names the input where it is not one of
the usual ones. Titles are set in ComfyUI (right-click, Title) before `Export (API)`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from landfast.errors import InputError, Unsupported
from landfast.media.files import read_bytes

Graph = dict[str, dict[str, Any]]

MARK: Final = "landfast:"
ANCHORS: Final = ("first", "last")
CONTROLS: Final = ("depth", "edges", "mask", "labels", "source", "known")
OUTPUT: Final = "output"
INPUTS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(ANCHORS, ("image",)),
    **dict.fromkeys(CONTROLS, ("file", "video", "image")),
    "prompt": ("text", "prompt", "value"),
    "negative": ("text", "prompt", "value"),
    "seed": ("seed", "noise_seed", "value"),
    "width": ("width",),
    "height": ("height",),
    "length": ("length", "num_frames", "frames", "value"),
    "inner": ("batch_size", "length", "value"),
    "fps": ("fps", "frame_rate", "value"),
}
"""Words that a title may bear, and the inputs that they usually mean. `inner` is the number of
frames between the anchors; `size` stands for `width` and `height`."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One input of one node."""

    word: str
    node: str
    input: str


class Workflow:
    """A graph and its slots.

    Raises:
        InputError: It is no workflow in API format, has no slot for the first anchor or no node
            that saves a video, or a title names something unknown.
    """

    def __init__(self, graph: object, *, name: str) -> None:
        self.name = name
        self._graph = _checked(graph, name)
        self.slots = tuple(_slots(self._graph, name))
        self.output = _output(self._graph, name)
        if "first" not in self.words:
            raise InputError(
                "has no slot for the first anchor",
                subject=name,
                remedy=f"title the node that loads it {MARK}first",
            )

    @property
    def words(self) -> frozenset[str]:
        """What can be put into it."""
        return frozenset(slot.word for slot in self.slots)

    @property
    def nodes(self) -> Graph:
        """The graph as it was exported."""
        return self._graph

    def filled(self, values: Mapping[str, Any]) -> Graph:
        """The graph with every slot filled.

        Raises:
            Unsupported: A slot has no value.
        """
        graph = copy.deepcopy(self._graph)
        for slot in self.slots:
            if slot.word not in values:
                raise Unsupported(
                    f"needs a {slot.word} video and was given none",
                    subject=self.name,
                    remedy="measure one with the footage, or use a workflow without it",
                )
            graph[slot.node]["inputs"][slot.input] = values[slot.word]
        return graph


def read_workflow(path: Path) -> Workflow:
    """A workflow from the user's file.

    Raises:
        InputError: It cannot be read, or is no such workflow.
    """
    try:
        graph = json.loads(read_bytes(path))
    except (UnicodeDecodeError, ValueError) as error:
        raise InputError(f"is not JSON ({error})", subject=str(path)) from error
    return Workflow(graph, name=str(path))


def _checked(graph: object, name: str) -> Graph:
    fine = isinstance(graph, dict) and all(
        isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), dict)
        for node in graph.values()
    )
    if not fine or not graph:
        raise InputError(
            "is no workflow in API format",
            subject=name,
            remedy="save it in ComfyUI with Workflow, Export (API)",
        )
    assert isinstance(graph, dict)
    return graph


def _slots(graph: Graph, name: str) -> Iterator[Slot]:
    for key, node in graph.items():
        for marked in _marks(node):
            word, _, named = marked.partition("=")
            if word == OUTPUT:
                continue
            for part in ("width", "height") if word == "size" else (word,):
                yield Slot(part, key, named or _usual(part, node, name))


def _marks(node: dict[str, Any]) -> list[str]:
    title = str((node.get("_meta") or {}).get("title") or "")
    return [part.removeprefix(MARK) for part in title.split() if part.startswith(MARK)]


def _usual(word: str, node: dict[str, Any], name: str) -> str:
    if word not in INPUTS:
        raise InputError(
            f"a title names {MARK}{word}, which is unknown",
            subject=name,
            remedy=f"use size, {', '.join(INPUTS)} or {OUTPUT}",
        )
    found = [one for one in INPUTS[word] if one in node["inputs"]]
    if not found:
        raise InputError(
            f"node {node['class_type']} has no input for {MARK}{word}",
            subject=name,
            remedy=f"name the input: {MARK}{word}=INPUT",
        )
    return found[0]


def _output(graph: Graph, name: str) -> str:
    """Id of the node that saves the video: the one so titled, else the only one that saves."""
    marked = [key for key, node in graph.items() if OUTPUT in _marks(node)]
    saving = [key for key, node in graph.items() if "Save" in node["class_type"]]
    found = marked or saving
    if len(found) != 1:
        raise InputError(
            f"has {len(found)} nodes that could save the take",
            subject=name,
            remedy=f"title the one that saves the video {MARK}{OUTPUT}",
        )
    return found[0]

"""A ComfyUI workflow in API format, validated as the server does, and what it would render."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from loopback.clips import frames_of
from loopback.exchange import Refusal, picture
from loopback.render import Order

Link = tuple[str, int]


class Graph:
    """One prompt."""

    def __init__(
        self, graph: dict[str, Any], nodes: dict[str, Any], files: dict[str, bytes]
    ) -> None:
        self._graph, self._nodes, self._files = graph, nodes, files
        for key, node in graph.items():
            self._check(key, node)
        if not any(self._nodes[node["class_type"]]["output_node"] for node in graph.values()):
            raise Refusal(400, "Prompt has no outputs")

    def order(self) -> Order:
        """The clip that the workflow would save."""
        for node in self._graph.values():
            if node["class_type"] == "WanFirstLastFrameToVideo":
                ends = (node["inputs"]["start_image"], node["inputs"]["end_image"])
                first, last = (self._pictures(tuple(link))[0] for link in ends)
                return self._made(node, first, last)
            if node["class_type"] == "WanVaceToVideo":
                shown = self._pictures(tuple(node["inputs"]["control_video"]))
                masks = self._pictures(tuple(node["inputs"]["control_masks"]))
                length = int(node["inputs"]["length"])
                if len(shown) != length or len(masks) != length:
                    raise Refusal(400, f"{len(shown)} frames, {len(masks)} masks for {length}")
                if masks[0].max() != 0 or masks[-1].max() != 0 or masks[1].min() != 255:
                    raise Refusal(400, "the masks do not keep the ends alone")
                return self._made(node, shown[0], shown[-1])
        raise Refusal(400, "this server renders Wan first-last and VACE only")

    def _made(self, node: dict[str, Any], first: Any, last: Any) -> Order:
        inputs = node["inputs"]
        fps = self._only("CreateVideo")["inputs"]["fps"]
        size = (int(inputs["width"]), int(inputs["height"]))
        rate = Fraction(fps).limit_denominator(1001)
        return Order(first, last, size, int(inputs["length"]), rate)

    def _only(self, kind: str) -> dict[str, Any]:
        return next(node for node in self._graph.values() if node["class_type"] == kind)

    def _pictures(self, link: tuple[Any, ...]) -> list[Any]:
        """The images that come out of a node, evaluated."""
        node = self._graph[link[0]]
        inputs, kind = node["inputs"], node["class_type"]
        if kind == "LoadImage":
            return [picture(self._files[inputs["image"]])]
        if kind == "LoadVideo":
            return frames_of(self._files[inputs["file"]])[0]
        if kind == "EmptyImage":
            colour = [inputs["color"] >> shift & 255 for shift in (16, 8, 0)]
            image = np.full((inputs["height"], inputs["width"], 3), colour, np.uint8)
            return [image] * inputs["batch_size"]
        if kind == "ImageBatch":
            parts = (inputs["image1"], inputs["image2"])
            return [image for part in parts for image in self._pictures(tuple(part))]
        if kind == "ImageFromBatch":
            start = inputs["batch_index"]
            return self._pictures(tuple(inputs["image"]))[start : start + inputs["length"]]
        through = {"GetVideoComponents": "video", "ImageToMask": "image"}
        if kind in through:
            return self._pictures(tuple(inputs[through[kind]]))
        raise Refusal(400, f"no pictures come out of {kind}")

    def _check(self, key: str, node: dict[str, Any]) -> None:
        kind = node.get("class_type")
        if kind not in self._nodes:
            raise Refusal(400, f"Cannot execute because node {kind} does not exist.")
        described = self._nodes[kind]["input"]
        for name, accepted in described["required"].items():
            if name not in node["inputs"]:
                raise Refusal(400, f"Required input is missing: {kind} {name}")
            self._check_value(f"{kind} {name}", node["inputs"][name], accepted)
        known = {**described["required"], **described.get("optional", {})}
        for name, value in node["inputs"].items():
            if name not in known:
                raise Refusal(400, f"{kind} has no input {name}")
            self._check_value(f"{kind} {name}", value, known[name])

    def _check_value(self, place: str, value: Any, accepted: list[Any]) -> None:
        kind, limits = accepted[0], (accepted[1] if len(accepted) > 1 else {})
        if isinstance(value, list):
            source = self._nodes[self._graph[value[0]]["class_type"]]["output"]
            if value[1] >= len(source) or (kind != source[value[1]]):
                raise Refusal(400, f"Return type mismatch between linked nodes: {place}")
            return
        options = kind if isinstance(kind, list) else limits.get("options")
        if options is not None:
            if value not in options:
                raise Refusal(400, f"Value not in list: {place}: {value!r} not in {options}")
            return
        wanted = {"INT": int, "FLOAT": (int, float), "STRING": str}.get(kind)
        if wanted is None or isinstance(value, bool) or not isinstance(value, wanted):
            raise Refusal(400, f"Failed to convert an input value: {place}: {value!r}")
        if kind != "STRING":
            self._check_range(place, value, limits)

    @staticmethod
    def _check_range(place: str, value: float, limits: dict[str, Any]) -> None:
        if value < limits.get("min", value) or value > limits.get("max", value):
            raise Refusal(400, f"Value outside of its range: {place}: {value}")

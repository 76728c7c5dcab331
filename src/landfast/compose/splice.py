"""Writes a film whose untouched groups of pictures are the footage's own packets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, cast

from landfast.compose import pcm
from landfast.compose.avc import SliceHead, Syntax
from landfast.compose.fill import Fill
from landfast.compose.groups import Entry, Kind, Stretch, decoding_times, stretches
from landfast.compose.light import light_units
from landfast.compose.nal import Coding, Door, Header, door, slices, split
from landfast.compose.pieces import PLAIN_LIMIT_BYTES, Way, Workshop, plain_bytes
from landfast.compose.recode import Recipe
from landfast.compose.restart import restarts
from landfast.compose.writer import Progress, Writer
from landfast.errors import Unsupported
from landfast.media.container import Source, open_source
from landfast.model.clip import Clip

Restarting = Literal["allowed", "never"]
"""Whether H.264 packets may be copied behind a change inside their group."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a film is put together."""

    stretches: tuple[Stretch, ...]
    way: Way
    """How real frames in broken groups are written."""
    audio: str
    """What happened to the sound."""
    header: Header
    doors: tuple[int, ...]
    """Frames at which decoding may start."""

    def frames(self, kind: Kind) -> frozenset[int]:
        """Indices of the frames treated that way."""
        return frozenset(
            index for stretch in self.stretches if stretch.kind == kind for index in stretch.frames
        )


def splice(
    path: Path,
    clip: Clip,
    fills: Sequence[Fill],
    out: Path,
    *,
    restart: Restarting = "allowed",
    progress: Progress | None = None,
) -> Layout:
    """Write the film as MP4 or MOV, as `out` ends.

    Args:
        path: The footage.
        clip: What `probe` found in it.
        fills: The transitions.
        out: The film.
        restart: `never` where a film with restarts did not stand the proof.
        progress: Told of frames done and all frames.

    Raises:
        Unsupported: The footage's coding, container or structure does not allow it.
        InputError: The footage cannot be read.
    """
    coding = _coding(clip)
    with open_source(path) as source:
        header = Header.parse(coding, bytes(source.video.codec_context.extradata or b""))
        syntax = _syntax(header)
        entries = _entries(source, header, syntax)
    with open_source(path) as source:
        frame = next(source.container.decode(source.video))
        recipe = Recipe.of(source.video, frame, coding)
    cut, way = _cut(clip, fills, entries, syntax, restart)
    workshop = Workshop(
        path=path,
        clip=clip,
        fills=fills,
        recipe=recipe,
        header=header,
        way=way,
        entries=entries,
        sequence=syntax.only if syntax and way == "plain samples" else None,
        light=_light(path, header),
    )
    with open_source(path) as source:
        writer = Writer(source, clip, out, workshop, cut, syntax)
        writer.write(progress)
    return Layout(cut, way, writer.audio, header, _doors(clip, entries))


def _doors(clip: Clip, entries: Sequence[Entry]) -> tuple[int, ...]:
    """Shown frames at which decoding may start."""
    first = int(clip.start / clip.time_base)
    ticks = {tick: index for index, tick in enumerate(clip.ticks)}
    found = (ticks.get(entry.pts - first) for entry in entries if entry.door)
    return tuple(sorted(index for index in found if index is not None))


def _coding(clip: Clip) -> Coding:
    if clip.codec not in ("h264", "hevc"):
        raise Unsupported(
            f"is coded as {clip.codec}, whose packets cannot be cut", subject="the footage"
        )
    return cast(Coding, clip.codec)


def _syntax(header: Header) -> Syntax | None:
    """What H.264's slice headers are read by; None where they cannot be."""
    if header.coding != "h264":
        return None
    try:
        return Syntax.of(header.sets)
    except Unsupported:
        return None


def _cut(
    clip: Clip,
    fills: Sequence[Fill],
    entries: Sequence[Entry],
    syntax: Syntax | None,
    restart: Restarting,
) -> tuple[tuple[Stretch, ...], Way]:
    """How the footage is cut, and the best way to write real frames of broken groups."""
    first = int(clip.start / clip.time_base)
    shown = [first + tick for tick in clip.ticks]
    replaced = [index for fill in fills for index in fill.frames]
    if clip.codec == "hevc":
        return stretches(entries, shown, replaced), "lossless"
    sequence = syntax.only if syntax else None
    if sequence is None or not pcm.can_write(sequence):
        return stretches(entries, shown, replaced), "close"
    find = partial(restarts, sequence)
    cut = stretches(entries, shown, replaced, *([find] if restart == "allowed" else []))
    plain = sum(len(one.frames) for one in cut if one.kind in ("kept", "rebuilt"))
    if plain * plain_bytes(sequence) > PLAIN_LIMIT_BYTES:
        return stretches(entries, shown, replaced), "close"
    return cut, "plain samples"


def _light(path: Path, header: Header) -> tuple[bytes, ...]:
    """What the footage's first picture says about light."""
    with open_source(path) as source:
        first = next(one for one in source.container.demux(source.video) if one.size)
        return light_units(header.coding, split(bytes(first), header.size_bytes))


def _entries(source: Source, header: Header, syntax: Syntax | None) -> list[Entry]:
    """Every packet; those without a time (an encoder's last, empty ones) are none."""
    pts: list[int] = []
    dts: list[int | None] = []
    doors: list[Door] = []
    heads: list[SliceHead | None] = []
    for packet in source.container.demux(source.video):
        if packet.size == 0:
            continue
        if packet.pts is None:
            raise Unsupported("has packets without a time", subject="the footage")
        pts.append(packet.pts)
        dts.append(packet.dts)
        looks = packet.is_keyframe or syntax is not None
        units = split(bytes(packet), header.size_bytes) if looks else []
        doors.append(door(header.coding, units) if packet.is_keyframe else "")
        heads.append(_head(syntax, units))
    known = [tick for tick in dts if tick is not None]
    ticks = known if len(known) == len(pts) else decoding_times(pts)
    return [Entry(*entry) for entry in zip(pts, ticks, doors, heads, strict=True)]


def _head(syntax: Syntax | None, units: list[bytes]) -> SliceHead | None:
    parts = slices("h264", units) if syntax else []
    try:
        return syntax.head(parts[0]) if syntax and parts else None
    except Unsupported:
        return None

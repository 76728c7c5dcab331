"""Telemetry of a clip: from its GPMF track, a subtitle file beside it, or its subtitle track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import av.error
from av.packet import Packet
from av.stream import Discard, Stream

from landfast.media.container import open_container
from landfast.media.telemetry.clock import camera_offset
from landfast.media.telemetry.dji import Flight, flight
from landfast.media.telemetry.gopro import readings, settings
from landfast.media.telemetry.gpmf import Payload, payloads
from landfast.media.telemetry.klv import Faults
from landfast.media.telemetry.motion import sensors
from landfast.media.telemetry.series import exposures, fixes
from landfast.media.telemetry.srt import Cue, cues, decode, spoken
from landfast.model.clip import Clip
from landfast.model.telemetry import Telemetry

Wanted = Literal["everything", "path"]

MAX_TRACK_BYTES = 1 << 28
MAX_SIDECAR_BYTES = 1 << 26
_SUFFIXES = (".SRT", ".srt", ".Srt")


@dataclass(slots=True)
class _Tracks:
    """What the container's own tracks hold."""

    gopro: bool = False
    streams: dict[str, list[Payload]] = field(default_factory=dict)
    cues: list[Cue] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


def read_telemetry(path: Path, clip: Clip, *, want: Wanted = "everything") -> Telemetry | None:
    """What camera or drone recorded beside the picture; None where there is nothing.

    Only the telemetry's own packets are looked at; no picture is decoded. Damaged telemetry is
    no error: what could be read is returned, and `notes` say what could not.

    Args:
        path: The clip's file. A DJI subtitle file of the same name may lie beside it.
        clip: What `probe` found in it.
        want: "path" leaves sensors and exposures out.

    Raises:
        InputError: The clip itself cannot be opened.
    """
    tracks = _tracks(path, clip)
    if tracks.gopro:
        return _gopro(tracks, clip, want)
    beside = _beside(path, tracks.faults)
    for source in (beside, tracks.cues):
        found = flight(source)
        if found:
            return _dji(found, clip, want, tracks.faults)
    return None


def _tracks(path: Path, clip: Clip) -> _Tracks:
    found = _Tracks()
    with open_container(path) as container:
        wanted = [*container.streams.data, *container.streams.subtitles]
        if not wanted:
            return found
        for stream in container.streams:
            if stream.index not in {each.index for each in wanted}:
                stream.discard = Discard.all
        size = 0
        for packet in _packets(container.demux(wanted), found.faults):
            size += packet.size
            if size > MAX_TRACK_BYTES:
                found.faults["the rest of the track, too long to be telemetry, was not read"] += 1
                break
            _take(packet, clip, found)
    return found


def _packets(demuxed: Iterator[Packet[Stream]], faults: Faults) -> Iterator[Packet[Stream]]:
    try:
        for packet in demuxed:
            if packet.size and packet.pts is not None:
                yield packet
    except (av.error.FFmpegError, ValueError):
        faults["the file is cut off within its telemetry"] += 1


def _take(packet: Packet[Stream], clip: Clip, found: _Tracks) -> None:
    start = float((packet.pts or 0) * packet.time_base - clip.start)
    data = bytes(packet)
    if packet.stream.type == "subtitle":
        found.cues.append(Cue(start, spoken(data, packet.stream.codec_context.name)))
        return
    if not data.startswith(b"DEVC"):
        return
    found.gopro = True
    seconds = float((packet.duration or 0) * packet.time_base)
    for payload in payloads(data, start, seconds, found.faults):
        same = found.streams.setdefault(payload.key, [])
        # Two devices may write the same stream: the first one's is read.
        if not same or same[0].device == payload.device:
            same.append(payload)


def _gopro(tracks: _Tracks, clip: Clip, want: Wanted) -> Telemetry:
    streams, faults = tracks.streams, tracks.faults
    offset = camera_offset(streams)
    places, above, device = readings(streams, offset, faults)
    known = fixes(places, clip, faults)
    full = want == "everything"
    names = [part.device for parts in streams.values() for part in parts[:1] if part.device]
    return Telemetry(
        clip=clip.content,
        source="gopro gpmf",
        device=device or next(iter(names), None),
        fixes=known,
        altitude_from=above if any(fix.altitude_m is not None for fix in known) else None,
        sensors=sensors(streams, offset, clip, faults) if full else (),
        exposures=exposures(settings(streams, offset), clip) if full else (),
        notes=_notes(faults),
    )


def _dji(found: Flight, clip: Clip, want: Wanted, faults: Faults) -> Telemetry:
    known = fixes(found.readings, clip, faults)
    return Telemetry(
        clip=clip.content,
        source="dji srt",
        fixes=known,
        altitude_from=(
            found.altitude_from if any(fix.altitude_m is not None for fix in known) else None
        ),
        exposures=exposures(found.settings, clip) if want == "everything" else (),
        notes=_notes(faults),
    )


def _beside(path: Path, faults: Faults) -> Sequence[Cue]:
    """The cues of a subtitle file with the clip's name; none where there is no such file."""
    for suffix in _SUFFIXES:
        file = path.with_suffix(suffix)
        if file == path or not file.is_file():
            continue
        try:
            with file.open("rb") as stream:
                data = stream.read(MAX_SIDECAR_BYTES + 1)
        except OSError:
            faults["the subtitle file beside the clip cannot be opened"] += 1
            continue
        if len(data) > MAX_SIDECAR_BYTES:
            faults["the end of the subtitle file, too long to be telemetry, was not read"] += 1
        return list(cues(decode(data[:MAX_SIDECAR_BYTES])))
    return []


def _notes(faults: Faults) -> tuple[str, ...]:
    """Each fault once, in alphabetical order, with how often it was met."""
    return tuple(
        note if times == 1 else f"{note} ({times} times)" for note, times in sorted(faults.items())
    )

"""Boxes of ISO media files (MP4, MOV; ISO/IEC 14496-12): what the video track's tables claim."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from landfast.media.colour import MATRICES, PRIMARIES, TRANSFERS

_MAX_MOOV_BYTES = 1 << 28
_FOLDERS = {b"trak", b"mdia", b"minf", b"stbl", b"edts"}


def movie_claims(path: Path) -> dict[str, Any]:
    """Size, duration, samples, edit list, coding and colour of the first video track.

    Empty for other kinds of files; damaged boxes are passed over.
    """
    try:
        return _track_claims(_video_track(path))
    except struct.error:
        return {}


def edited_seconds(path: Path) -> tuple[Fraction, Fraction] | None:
    """How long the one edit of the video track is shown, and the unit it is written in.

    None where there is no edit list, or one of several edits.
    """
    try:
        track = _video_track(path)
        lengths = [e["length"] for e in _edits(track.get(b"elst", b"")) if e["start"] >= 0]
        header = track.get(b"mvhd", b"")
        scale = struct.unpack_from(">I", header, 20 if header[:1] == b"\1" else 12)[0]
    except struct.error:
        return None
    if len(lengths) != 1 or not scale:
        return None
    return Fraction(lengths[0], scale), Fraction(1, scale)


def _video_track(path: Path) -> dict[bytes, bytes]:
    """The tables of the first video track, with the movie header; empty where there is none."""
    with path.open("rb") as stream:
        movie = list(_boxes(_movie_box(stream)))
    header = {kind: body for kind, body in movie if kind == b"mvhd"}
    for kind, body in movie:
        if kind == b"trak":
            track = _first_of_each(_leaves(body))
            if track.get(b"hdlr", b"")[8:12] == b"vide":
                return track | header
    return {}


def _track_claims(track: dict[bytes, bytes]) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    if not track:
        return claims
    if b"tkhd" in track:
        width, height = struct.unpack(">II", track[b"tkhd"][-8:])
        claims |= {"width": width / 65536, "height": height / 65536}
    if b"mdhd" in track:
        claims["track_duration_s"] = _media_seconds(track[b"mdhd"])
    if b"stsz" in track:
        claims["samples"] = struct.unpack(">I", track[b"stsz"][8:12])[0]
    claims["edit_list"] = _edits(track.get(b"elst", b""))
    coding, entry = next(_boxes(track.get(b"stsd", b"")[8:]), (b"", b""))
    claims["coding"] = coding.decode("ascii", "replace") or None
    claims["colour"] = _colour(entry)
    return claims


def _movie_box(stream: BinaryIO) -> bytes:
    """The content of `moov`, empty where there is none."""
    while len(head := stream.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        header = 8
        if size == 1:
            size, header = struct.unpack(">Q", stream.read(8))[0], 16
        if kind == b"moov":
            return stream.read(min(size - header, _MAX_MOOV_BYTES)) if size else stream.read()
        if size < header:
            break
        stream.seek(size - header, 1)
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes in `data`, each as its kind and content."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            return
        yield kind, data[at + 8 : at + size]
        at += size


def _leaves(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, body in _boxes(data):
        if kind in _FOLDERS:
            yield from _leaves(body)
        else:
            yield kind, body


def _first_of_each(leaves: Iterator[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """QuickTime writes a second `hdlr`, for the data reference: the first is the track's own."""
    found: dict[bytes, bytes] = {}
    for kind, body in leaves:
        found.setdefault(kind, body)
    return found


def _media_seconds(mdhd: bytes) -> float | None:
    if mdhd[0] == 1:
        scale, length = struct.unpack_from(">IQ", mdhd, 20)
    else:
        scale, length = struct.unpack_from(">II", mdhd, 12)
    return float(Fraction(length, scale)) if scale else None


def _edits(elst: bytes) -> list[dict[str, int]]:
    """Edit list entries: length in movie ticks and start in media ticks (-1: empty)."""
    if len(elst) < 8:
        return []
    version, count = elst[0], struct.unpack_from(">I", elst, 4)[0]
    layout = struct.Struct(">QqI" if version == 1 else ">IiI")
    room = (len(elst) - 8) // layout.size
    entries = (layout.unpack_from(elst, 8 + layout.size * i) for i in range(min(count, room)))
    return [{"length": length, "start": start} for length, start, _ in entries]


def _colour(entry: bytes) -> dict[str, str | None] | None:
    """The `colr` box of a sample entry; None where the container says nothing."""
    # A visual sample entry holds 78 bytes of fixed fields before its boxes.
    for kind, body in _boxes(entry[78:]):
        if kind == b"colr" and body[:4] in (b"nclx", b"nclc") and len(body) >= 10:
            primaries, transfer, matrix = struct.unpack_from(">HHH", body, 4)
            full = len(body) > 10 and body[:4] == b"nclx" and body[10] & 0x80
            stated_range = {b"nclx": "full" if full else "limited", b"nclc": None}[body[:4]]
            return {
                "primaries": PRIMARIES.get(primaries),
                "transfer": TRANSFERS.get(transfer),
                "matrix": MATRICES.get(matrix),
                "range": stated_range,
            }
    return None

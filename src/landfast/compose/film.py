"""The film: real frames untouched where the coding allows it, transitions in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from landfast.compose.copies import to_decode
from landfast.compose.fill import Fill
from landfast.compose.proof import Proof, prove
from landfast.compose.splice import Layout, Restarting, splice
from landfast.compose.whole import WholeKeep, encode_whole
from landfast.errors import InputError, Unsupported
from landfast.media.files import atomic_path, sha256_file
from landfast.media.sound import HOLDS
from landfast.model.clip import Clip
from landfast.model.outcome import Film, Keep

Progress = Callable[[int, int], None]

Method = Literal["packets copied", "encoded", "intermediate", "lossless"]

_SUFFIXES: dict[Keep, str] = {
    "exact": ".mp4",
    "close": ".mp4",
    "intermediate": ".mov",
    "lossless": ".mkv",
}


def film_name(keep: Keep, clip: Clip) -> str:
    """The film's file: what it is written as decides the container, and what sound goes with it.

    What would be MP4 is MOV where only that holds all of the footage's sound.
    """
    suffix, sound = _SUFFIXES[keep], {track.codec for track in clip.audio}
    if suffix == ".mp4" and not sound <= HOLDS[".mp4"] and sound <= HOLDS[".mov"]:
        suffix = ".mov"
    return f"final{suffix}"


@dataclass(frozen=True, slots=True)
class Assembled:
    """The finished film, and how it compares with the footage."""

    film: Film
    kept: int
    """Frames that are the footage's own."""
    psnr_db: float | None
    """Least PSNR of a kept frame that is not bit-exact; None where all are."""


def assemble(
    path: Path,
    clip: Clip,
    fills: Sequence[Fill],
    out: Path,
    *,
    keep: Keep = "exact",
    progress: Progress | None = None,
) -> Assembled:
    """Write the film and prove it by decoding: every frame at the footage's own time.

    With `exact`, groups of pictures of H.264 and HEVC without changes are copied as packets, the
    real frames of the others are written bit-exactly where the codec allows. Other footage, and
    footage whose copy does not stand the proof, is encoded as a whole, visually lossless.

    Args:
        path: The footage.
        clip: What `probe` found in it.
        fills: The transitions; their frames must not overlap.
        out: Named as `film_name` ends; written whole or not at all.
        keep: How real frames stand in it.
        progress: Told of frames done and all frames.

    Raises:
        InputError: The footage cannot be read, or the film cannot be written.
    """
    generated = frozenset(index for fill in fills for index in fill.frames)
    if sum(len(fill.frames) for fill in fills) != len(generated):
        raise InputError("has transitions that overlap", subject=str(out))
    work = _Work(path, clip, fills, generated, out, progress)
    with atomic_path(out) as draft:
        copied, refused = _copied(work, draft) if keep == "exact" else (None, "")
        return copied or _encoded(work, draft, keep, refused)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a film is made of."""

    path: Path
    clip: Clip
    fills: Sequence[Fill]
    generated: frozenset[int]
    out: Path
    progress: Progress | None

    def prove(self, draft: Path, decoded: Sequence[range] | None = None) -> Proof:
        """The film held against the footage."""
        return prove(self.path, self.clip, draft, generated=self.generated, decoded=decoded)


def _copied(work: _Work, draft: Path) -> tuple[Assembled | None, str]:
    """The film of copied packets, or why there is none."""
    refused = ""
    for restart in get_args(Restarting):
        try:
            layout = splice(
                work.path, work.clip, work.fills, draft, restart=restart, progress=work.progress
            )
            decoded = to_decode(work.path, draft, layout.stretches, layout.header, layout.doors)
            proof = work.prove(draft, decoded)
        except Unsupported as error:
            return None, f"{error.subject} {error.what}"
        refused = _fault(layout, proof)
        if not refused:
            reason = _reason(proof, work.clip.frames - len(work.generated))
            return _assembled(work, draft, proof, "packets copied", layout.audio, reason), ""
        if not layout.frames("rebuilt"):
            break
    return None, refused


def _encoded(work: _Work, draft: Path, keep: Keep, refused: str) -> Assembled:
    """The film encoded as a whole, in the way that was asked for, or visually lossless."""
    draft.unlink(missing_ok=True)
    written: WholeKeep = "close" if keep == "exact" else keep
    audio = encode_whole(
        work.path, work.clip, work.fills, draft, keep=written, progress=work.progress
    )
    proof = work.prove(draft)
    method: Method = "encoded" if written == "close" else written
    worst = _worst(work, proof)
    reason = refused or worst
    if refused and worst:
        reason = f"{refused}: {worst}; --keep lossless keeps them bit-exact"
    return _assembled(work, draft, proof, method, audio, reason)


def _worst(work: _Work, proof: Proof) -> str:
    """How far real frames are from the footage's after an encoding that was asked for."""
    inexact = work.clip.frames - len(work.generated) - len(proof.exact)
    if not inexact:
        return ""
    return f"{inexact} real frames are encoded anew (PSNR {_least(proof.psnr_db):.1f} dB or more)"


def _fault(layout: Layout, proof: Proof) -> str:
    """Why a copy may not be kept; empty where it may."""
    promised = layout.frames("copied")
    if layout.way != "close":
        promised |= layout.frames("kept") | layout.frames("rebuilt")
    lost = len(promised - proof.exact)
    if lost:
        return f"copying packets would have changed {lost} frames"
    return "" if proof.same_times else "copying packets would have moved frames in time"


def _reason(proof: Proof, kept: int) -> str:
    inexact = kept - len(proof.exact)
    if not inexact:
        return ""
    return (
        f"{inexact} real frames share a group of pictures with a transition and are encoded anew, "
        f"visually lossless (PSNR {_least(proof.psnr_db):.1f} dB or more)"
    )


def _least(psnr_db: Sequence[float]) -> float:
    return min(psnr_db, default=0.0)


def _assembled(
    work: _Work, draft: Path, proof: Proof, method: Method, audio: str, reason: str
) -> Assembled:
    film = Film(
        file=work.out.name,
        sha256=sha256_file(draft),
        frames=proof.frames,
        generated=len(work.generated),
        exact=len(proof.exact),
        method=method,
        codec=proof.codec,
        pixel_format=proof.pixel_format,
        duration=proof.duration,
        audio=audio,
        reason=reason,
    )
    kept = work.clip.frames - len(work.generated)
    return Assembled(film, kept, _least(proof.psnr_db) if proof.psnr_db else None)

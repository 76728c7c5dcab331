"""The film: real frames untouched where the coding allows it, transitions in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from jaxtyping import UInt8

from landfast.compose.fill import Fill
from landfast.compose.proof import Proof, prove
from landfast.compose.splice import Layout, splice
from landfast.errors import InputError, Unsupported
from landfast.media.codings import Codec, fitting_format
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.files import atomic_path, sha256_file
from landfast.media.sound import Sound
from landfast.model.clip import Clip
from landfast.model.outcome import Film

Progress = Callable[[int, int], None]

_MP4_SOUND = frozenset({"aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "flac", "dca"})


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
    progress: Progress | None = None,
) -> Assembled:
    """Write the film as MP4 and prove it by decoding: every frame at the footage's own time.

    H.264 and HEVC: groups of pictures without changes are copied as packets, the real frames of
    the others are written bit-exactly where the codec allows. Other footage, and footage whose
    copy does not stand the proof, is encoded as a whole, visually lossless.

    Args:
        path: The footage.
        clip: What `probe` found in it.
        fills: The transitions; their frames must not overlap.
        out: Ends in `.mp4`; written whole or not at all.
        progress: Told of frames done and all frames.

    Raises:
        InputError: The footage cannot be read, or the film cannot be written.
    """
    generated = frozenset(index for fill in fills for index in fill.frames)
    if sum(len(fill.frames) for fill in fills) != len(generated):
        raise InputError("has transitions that overlap", subject=str(out))
    with atomic_path(out) as draft:
        try:
            layout = splice(path, clip, fills, draft, progress=progress)
            proof = prove(path, clip, draft, generated=generated)
            refused = _fault(layout, proof)
        except Unsupported as error:
            layout, refused = None, f"{error.subject} {error.what}"
        if layout is None or refused:
            draft.unlink(missing_ok=True)
            audio = _encode(path, clip, fills, draft, progress)
            proof = prove(path, clip, draft, generated=generated)
            return _assembled(clip, out, draft, proof, generated, "encoded", audio, refused)
        reason = _reason(proof, clip.frames - len(generated))
        return _assembled(
            clip, out, draft, proof, generated, "packets copied", layout.audio, reason
        )


def _fault(layout: Layout, proof: Proof) -> str:
    """Why a copy may not be kept; empty where it may."""
    promised = layout.frames("copied")
    if layout.way != "close":
        promised |= layout.frames("kept")
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


def _encode(
    path: Path, clip: Clip, fills: Sequence[Fill], out: Path, progress: Progress | None
) -> str:
    """Encode everything; returns what happened to the sound."""
    codec: Codec = "hevc" if clip.bit_depth > 8 else "h264"
    foreign = sorted({track.codec for track in clip.audio} - _MP4_SOUND)
    with Encoder(
        out,
        width=clip.width,
        height=clip.height,
        time_base=clip.time_base,
        codec=codec,
        colour=clip.colour,
        pixel_format=_writable_format(codec, clip),
        quality="master",
        fps=clip.fps,
        rotation=clip.rotation,
        sample_aspect=clip.sample_aspect,
        key_interval=60,
        timecode=clip.timecode,
        sound=None if foreign or not clip.audio else Sound(path, clip),
    ) as encoder:
        for index, frame in enumerate(_all_frames(path, clip, fills)):
            stop = clip.ticks[index + 1] if index + 1 < clip.frames else clip.end_tick
            encoder.write(frame, tick=clip.ticks[index], duration=stop - clip.ticks[index])
            if progress:
                progress(index + 1, clip.frames)
    if foreign:
        return f"left out: MP4 cannot hold {', '.join(foreign)}"
    return "copied untouched" if clip.audio else "none"


def _writable_format(codec: Codec, clip: Clip) -> str:
    is_odd = clip.width % 2 or clip.height % 2
    deep = "10le" if clip.bit_depth > 8 else ""
    return f"yuv444p{deep}" if is_odd else fitting_format(codec, clip.pixel_format)


def _all_frames(
    path: Path, clip: Clip, fills: Sequence[Fill]
) -> Iterator[VideoFrame | UInt8[np.ndarray, "height width 3"]]:
    """One pass over the footage, with generated pictures in their places."""
    made = {fill.frames.start: fill for fill in fills if fill.frames}
    images: Iterator[UInt8[np.ndarray, "height width 3"]] = iter(())
    stop = -1
    for picture in decode(path, clip):
        if picture.index in made:
            images, stop = made[picture.index].images(), made[picture.index].frames.stop
        yield next(images) if picture.index < stop else picture.native


def _assembled(
    clip: Clip,
    out: Path,
    draft: Path,
    proof: Proof,
    generated: frozenset[int],
    method: str,
    audio: str,
    reason: str,
) -> Assembled:
    kept = clip.frames - len(generated)
    film = Film.model_validate(
        {
            "file": out.name,
            "sha256": sha256_file(draft),
            "frames": proof.frames,
            "generated": len(generated),
            "exact": len(proof.exact),
            "method": method,
            "codec": proof.codec,
            "pixel_format": proof.pixel_format,
            "duration": proof.duration,
            "audio": audio,
            "reason": reason,
        }
    )
    return Assembled(film, kept, _least(proof.psnr_db) if proof.psnr_db else None)

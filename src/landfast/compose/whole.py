"""A film encoded as a whole: visually lossless, as an intermediate, or without loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

from av.video.frame import VideoFrame

from landfast.compose.fill import Fill, Image
from landfast.media.codings import Codec, Quality, fitting_format, form_of
from landfast.media.decode import decode, still
from landfast.media.encode import Encoder
from landfast.media.mastering import mastering_of
from landfast.media.sound import HOLDS, Sound
from landfast.model.clip import Clip

WholeKeep = Literal["close", "intermediate", "lossless"]
Progress = Callable[[int, int], None]


def encode_whole(
    path: Path,
    clip: Clip,
    fills: Sequence[Fill],
    out: Path,
    *,
    keep: WholeKeep,
    progress: Progress | None = None,
) -> str:
    """Encode every frame; returns what happened to the sound.

    Args:
        path: The footage.
        clip: What `probe` found in it.
        fills: The transitions.
        out: `.mp4` or `.mov` for `close`, `.mov` for `intermediate`, `.mkv` for `lossless`.
        keep: `close`: H.264, or HEVC from 10 bits on. `intermediate`: ProRes 422 HQ, or 4444 for
            4:4:4 and odd sizes. `lossless`: FFV1 in the footage's own format.
        progress: Told of frames done and all frames.

    Raises:
        InputError: The footage cannot be read, or the film cannot be written.
    """
    codec, quality = _coding(clip, keep)
    foreign = sorted({track.codec for track in clip.audio} - HOLDS[out.suffix])
    with Encoder(
        out,
        **form_of(clip),
        codec=codec,
        pixel_format=_writable_format(codec, clip),
        quality=quality,
        rotation=clip.rotation,
        sample_aspect=clip.sample_aspect,
        key_interval=60 if keep == "close" else None,
        timecode=clip.timecode,
        sound=None if foreign or not clip.audio else Sound(path, clip),
        mastering=mastering_of(still(path, clip, Fraction(0)).native),
    ) as encoder:
        for index, frame in enumerate(_all_frames(path, clip, fills)):
            encoder.write(frame, tick=clip.ticks[index], duration=clip.length_of(index))
            if progress:
                progress(index + 1, clip.frames)
    if foreign:
        return f"left out: {out.suffix[1:].upper()} cannot hold {', '.join(foreign)}"
    return "copied untouched" if clip.audio else "none"


def _coding(clip: Clip, keep: WholeKeep) -> tuple[Codec, Quality]:
    if keep == "intermediate":
        return "prores", "good"
    if keep == "lossless":
        return "ffv1", "lossless"
    return "hevc" if clip.bit_depth > 8 else "h264", "master"


def _writable_format(codec: Codec, clip: Clip) -> str:
    is_odd = clip.width % 2 or clip.height % 2
    if not is_odd or codec == "ffv1":
        return fitting_format(codec, clip.pixel_format)
    deep = "10le" if clip.bit_depth > 8 or codec == "prores" else ""
    return f"yuv444p{deep}"


def _all_frames(path: Path, clip: Clip, fills: Sequence[Fill]) -> Iterator[VideoFrame | Image]:
    """One pass over the footage, with generated pictures in their places."""
    made = {fill.frames.start: fill for fill in fills if fill.frames}
    images: Iterator[Image] = iter(())
    stop = -1
    for picture in decode(path, clip):
        if picture.index in made:
            images, stop = made[picture.index].images(), made[picture.index].frames.stop
        yield next(images) if picture.index < stop else picture.native

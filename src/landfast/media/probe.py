"""What a file holds, as a `Clip`, and what its header claims beside it."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer

from landfast.media.colour import is_rgb, resolve
from landfast.media.container import open_source
from landfast.media.files import sha256_file
from landfast.media.header import read_header
from landfast.media.scan import Scan, scan
from landfast.model.clip import Audio, Clip


def probe(path: Path) -> Clip:
    """The clip in a file: exact times of all shown frames, colour, audio, timecode.

    Reads every packet and hashes the file, and decodes only the first frames.

    Raises:
        InputError: Not a video that can be used; one line says why.
    """
    return _clip_and_scan(path)[0]


def _clip_and_scan(path: Path) -> tuple[Clip, Scan]:
    # Hashing takes another core the while; it may be as long as the rest.
    with (
        ThreadPoolExecutor(1, "landfast-hash") as pool,
        open_source(path, threads=1, look="headers") as source,
    ):
        content = pool.submit(sha256_file, path)
        found = scan(source, path)
        start = found.start * found.time_base
        tracks = source.container.streams.audio
        audio = tuple(_audio(track, start) for track in tracks if track.codec_context)
        timecode = _timecode(source.container)
        codec = source.video.codec_context.codec.canonical_name
    turned = found.rotation in (90, 270)
    clip = Clip(
        content=content.result(),
        name=path.name,
        width=found.height if turned else found.width,
        height=found.width if turned else found.height,
        rotation=found.rotation,
        sample_aspect=found.sample_aspect,
        codec=codec,
        pixel_format=found.pixel_format,
        bit_depth=found.bit_depth,
        colour=found.colour,
        time_base=found.time_base,
        start=start,
        ticks=found.ticks,
        end_tick=found.end_tick,
        audio=audio,
        timecode=timecode,
    )
    return clip, found


def report(path: Path) -> dict[str, Any]:
    """JSON-ready account of a file: the answer on top, `header` and `scan` kept apart.

    `header` is what the container's own tables claim, `scan` what packets and decoded frames
    show. `assumed` names the colour properties that conversion fills in because the file
    states none. `telemetry` holds figures that do not tell where the camera was.

    Raises:
        InputError: See `probe`.
    """
    # Loaded here: most commands probe and never look at telemetry.
    from landfast.media.telemetry.path import figures
    from landfast.media.telemetry.read import read_telemetry

    clip, found = _clip_and_scan(path)
    recorded = figures(read_telemetry(path, clip, want="path"))
    return {
        **_summary(clip),
        "telemetry": recorded and recorded.model_dump(mode="json"),
        "header": read_header(path),
        "scan": _scan_report(clip, found),
    }


def _summary(clip: Clip) -> dict[str, Any]:
    return {
        "file": clip.name,
        "width": clip.width,
        "height": clip.height,
        "fps": float(clip.fps),
        "fps_exact": str(clip.fps),
        "frames": clip.frames,
        "duration_s": float(clip.duration),
        "vfr": clip.vfr,
        "rotation": clip.rotation,
        "codec": clip.codec,
        "pixel_format": clip.pixel_format,
        "transfer": clip.colour.transfer,
        "audio": [audio.model_dump(mode="json") for audio in clip.audio],
        "timecode": clip.timecode,
        "content": clip.content,
    }


def _scan_report(clip: Clip, found: Scan) -> dict[str, Any]:
    return {
        "frames": clip.frames,
        "hidden_frames": found.hidden,
        "duration_s": float(clip.duration),
        "start_s": float(clip.start),
        "time_base": str(clip.time_base),
        "stored_width": found.width,
        "stored_height": found.height,
        "sample_aspect": str(clip.sample_aspect),
        "bit_depth": clip.bit_depth,
        "colour": clip.colour.model_dump(),
        "assumed": _assumed(found),
        "shortest_frame_s": float(min(_steps(clip)) * clip.time_base),
        "longest_frame_s": float(max(_steps(clip)) * clip.time_base),
    }


def _assumed(found: Scan) -> dict[str, str]:
    """Colour properties that conversion fills in because the file states none."""
    if is_rgb(found.pixel_format):
        return {}
    used = resolve(found.colour, found.width, found.height).model_dump()
    stated = found.colour.model_dump()
    return {name: used[name] for name in ("matrix", "range") if stated[name] is None}


def _steps(clip: Clip) -> list[int]:
    bounds = (*clip.ticks, clip.end_tick)
    return [later - earlier for earlier, later in itertools.pairwise(bounds)]


def _audio(stream: AudioStream, video_start: Fraction) -> Audio:
    """One audio track; its start is told on the clip's clock (zero: the first shown frame)."""
    time_base = stream.time_base or Fraction(1, stream.codec_context.sample_rate)
    start = (stream.start_time or 0) * time_base - video_start
    return Audio(
        codec=stream.codec_context.codec.canonical_name,
        sample_rate=stream.codec_context.sample_rate,
        channels=stream.codec_context.channels,
        start=start,
        duration=None if stream.duration is None else stream.duration * time_base,
    )


def _timecode(container: InputContainer) -> str | None:
    """The timecode of the first frame, from the video track, a timecode track or the file."""
    tracks = [*container.streams.video, *container.streams.data]
    notes = [track.metadata for track in tracks] + [container.metadata]
    # Matroska's names are in capitals.
    named = (note.get("timecode") or note.get("TIMECODE") for note in notes)
    return next((timecode for timecode in named if timecode), None)

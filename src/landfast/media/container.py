"""Opening a video file: local formats only, one clear error, nothing printed."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from landfast.errors import InputError
from landfast.media.files import reading
from landfast.media.iso import movie_claims

MAX_SIDE_PX = 16384
MAX_PIXELS = 1 << 28

# Containers of footage. Playlists, concatenation scripts, device and network formats are not
# among them: a text file that names other files or addresses must not be followed.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,av1,obu,ivf,gif,"
    "yuv4mpegpipe,mxf,nut,ogg,flv,asf,dv,mjpeg,gxf,apng,vvc"
)
_SAFE_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}

# Containers that say when each packet is shown. Elsewhere FFmpeg decodes the first frames to tell.
_TIMED = ("mov", "matroska")

# FFmpeg decodes frames of these only to learn how far they are reordered; packets tell it too.
_REORDERED = ("h264",)
_PEEKED_PACKETS = 96

# Frames that are only asked what they say: not filtered, nothing that is missing is made up.
_PIXELS_UNSEEN = {"skip_loop_filter": "all", "ec": "0"}

Look = Literal["decode", "headers"]
"""How FFmpeg gets to know a file while opening it: it may decode some frames (at 4K that takes
tenths of a second), or only read headers. Decoding in order needs what the first tells."""


@dataclass(frozen=True, slots=True)
class Source:
    """An open file and the video track that landfast reads."""

    container: InputContainer
    video: VideoStream


@contextlib.contextmanager
def open_source(
    path: Path, *, threads: int = 0, look: Look = "decode", depth: int | None = None
) -> Iterator[Source]:
    """Open a file and choose its video track (cover pictures and telemetry do not count).

    Args:
        path: A file on this machine; never taken as an address.
        threads: Decoder threads, 0 for as many as there are cores.
        look: `headers` for packets' times, and for what decoded frames say but not show: their
            pixels are neither filtered nor mended.
        depth: What `reorder_depth` gave, where it is known.

    Raises:
        InputError: Missing, not readable, not a video, no decodable video track, absurd size.
    """
    if look == "decode" and depth is None:
        with open_container(path, look="headers") as container:
            depth = reorder_depth(container, video_track(container, path))
    with open_container(path, look=look if depth is None else "headers") as container:
        video = video_track(container, path)
        _refuse_undecodable(video, path)
        _refuse_size(video.codec_context.width, video.codec_context.height, path)
        video.thread_type = "AUTO"
        video.codec_context.thread_count = threads
        if depth is not None:
            video.codec_context.reorder_depth = max(depth, video.codec_context.reorder_depth)
        looks_only = _PIXELS_UNSEEN if look == "headers" else {}
        video.codec_context.options = {"max_pixels": str(MAX_PIXELS)} | looks_only
        yield Source(container, video)


def reorder_depth(container: InputContainer, video: VideoStream) -> int | None:
    """How many frames are at most decoded before one that is shown before them, by the packets.

    None where the packets do not tell, and FFmpeg has to find out by decoding, or need not. The
    container must stand at its start; some packets are taken from it.
    """
    if not container.format.name.startswith(_TIMED) or video.name not in _REORDERED:
        return None
    try:
        packets = itertools.islice(container.demux(video), _PEEKED_PACKETS)
        times = [packet.pts for packet in packets if packet.size]
    except av.error.FFmpegError:
        return None
    shown = [time for time in times if time is not None]
    if len(shown) < len(times):
        return None
    later = (sum(before > time for before in shown[:k]) for k, time in enumerate(shown))
    return max(later, default=0)


@contextlib.contextmanager
def open_container(path: Path, *, look: Look = "decode") -> Iterator[InputContainer]:
    """Open a file of a known container format; close it afterwards.

    Raises:
        InputError: Missing, a folder, not readable, empty, not a video, damaged.
    """
    _refuse_unreadable(path)
    container = _opened(path, {"skip_frame": "all"} if look == "headers" else {})
    if look == "headers" and not container.format.name.startswith(_TIMED):
        container.close()
        container = _opened(path, {})
    with container:
        yield container


def _opened(path: Path, options: dict[str, str]) -> InputContainer:
    address = f"file:{path.absolute()}"
    try:
        return av.open(address, "r", options=_SAFE_OPTIONS | options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise _unreadable(path) from error


def decoding_error(path: Path, where: str, error: Exception) -> InputError:
    """The one-line error for data that FFmpeg cannot decode."""
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(
        f"is damaged {where} ({reason.lower()})",
        subject=str(path),
        remedy="copy the file again from its source, or cut the damaged part off",
    )


@contextlib.contextmanager
def writing_errors(path: Path) -> Iterator[None]:
    """FFmpeg's refusals while writing as one line; system errors go on to `atomic_path`.

    Raises:
        InputError: The combination cannot be written.
    """
    try:
        yield
    except OSError:
        raise
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"cannot be written ({reason})",
            subject=str(path),
            remedy="try another codec, size or pixel format",
        ) from error


def _refuse_unreadable(path: Path) -> None:
    """Look before FFmpeg does: it would take a folder or an empty file for broken data."""
    with reading(path) as stream:
        first = stream.read(1)
    if not first:
        raise InputError("is empty", subject=str(path), remedy="copy the file again")


def _unreadable(path: Path) -> InputError:
    """Why FFmpeg would not open the file, in the user's words."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head[4:8] in (b"ftyp", b"free", b"skip", b"wide", b"mdat", b"moov"):
        what, remedy = (
            "is an MP4 or MOV file without a usable index (moov): cut off or damaged",
            "copy the file again, or repair it with the recorder's own tool",
        )
    elif b"\0" not in head and _is_text(head):
        what, remedy = "is text, not a video", "give a video file (MP4, MOV, MKV …)"
    else:
        what, remedy = (
            "is not a video that can be read",
            "give a video file (MP4, MOV, MKV …); if it is one, it is damaged",
        )
    return InputError(what, subject=str(path), remedy=remedy)


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4
    return True


def video_track(container: InputContainer, path: Path) -> VideoStream:
    """The first video track that is not a cover picture.

    Raises:
        InputError: There is none.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    kinds = sorted({stream.type for stream in container.streams})
    raise InputError(
        f"has no video track (only {', '.join(kinds) or 'nothing'})",
        subject=str(path),
        remedy="give a file with video",
    )


def _refuse_undecodable(video: VideoStream, path: Path) -> None:
    # PyAV's annotations promise a codec context; it is None where FFmpeg has no decoder.
    context: object = video.codec_context
    if context is None:
        seconds = float((video.duration or 0) * (video.time_base or 0))
        coding = movie_claims(path).get("coding") or "an unknown codec"
        raise InputError(
            f"holds {seconds:.1f} s of video coded as {coding}, which cannot be decoded here",
            subject=str(path),
            remedy="convert it to H.264, HEVC, AV1 or ProRes first",
        )


def _refuse_size(width: int, height: int, path: Path) -> None:
    if width < 1 or height < 1:
        raise InputError(
            "does not say how large its picture is: damaged",
            subject=str(path),
            remedy="copy the file again",
        )
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise InputError(
            f"claims a picture of {width}x{height} pixels, more than any camera makes",
            subject=str(path),
            remedy=f"give a video of at most {MAX_SIDE_PX} pixels a side",
        )

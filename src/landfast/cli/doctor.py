"""`landfast doctor`: is this machine fit for the work."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import typer

import landfast
from landfast.cli.options import Json
from landfast.cli.screen import print_json, table
from landfast.errors import LandfastError
from landfast.generators.registry import profiles
from landfast.media.decode import decode
from landfast.media.probe import probe

EXAMPLE = "Example: [bold]landfast doctor[/]"

ENCODERS = ("libx264", "libx265", "prores_ks", "ffv1")
DECODERS = ("h264", "hevc", "libdav1d", "prores")
LEAST_FREE_GB = 2
LEAST_MEMORY_GB = 2


class Line(NamedTuple):
    """One examination: what, whether it is well, and what was found."""

    what: str
    well: bool
    found: str


def doctor_command(as_json: Json = False) -> None:
    """Examine this machine. Exit 0 where all is well, 2 where something must be mended."""
    lines = [examine() for examine in EXAMINATIONS]
    fit = all(line.well for line in lines)
    if as_json:
        print_json({"fit": fit, "checks": [line._asdict() for line in lines]})
    else:
        rows = [(line.what, "well" if line.well else "MEND", line.found) for line in lines]
        table(f"landfast {landfast.__version__} on this machine", ("what", "state", "found"), rows)
    if not fit:
        raise typer.Exit(2)


def _python() -> Line:
    return Line("Python", sys.version_info >= (3, 11), platform.python_version())


def _libraries() -> Line:
    return Line("libraries", True, f"PyAV {av.__version__}, OpenCV {cv2.__version__}")


def _codecs() -> Line:
    missing = [name for name in (*ENCODERS, *DECODERS) if name not in av.codecs_available]
    found = f"missing {', '.join(missing)}: reinstall PyAV from its wheel" if missing else "all"
    return Line("codecs", not missing, found)


def _cores() -> Line:
    return Line("cores", True, str(os.cpu_count()))


def _memory() -> Line:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    except (ValueError, OSError):
        return Line("memory", True, "unknown")
    return Line("memory", total >= LEAST_MEMORY_GB, f"{total:.1f} GB")


def _disk() -> Line:
    try:
        free = shutil.disk_usage(Path.cwd()).free / 1024**3
    except OSError as error:
        return Line("free disk here", False, f"this folder cannot be used ({error.strerror})")
    return Line("free disk here", free >= LEAST_FREE_GB, f"{free:.1f} GB")


def _temporary() -> Line:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"landfast")
    except OSError as error:
        return Line("temporary files", False, f"cannot be written ({error.strerror}): set TMPDIR")
    return Line("temporary files", True, "writable")


def _decode() -> Line:
    try:
        with resources.as_file(resources.files("landfast") / "data" / "karma.mp4") as path:
            clip = probe(path)
            began = time.perf_counter()
            shown = sum(1 for picture in decode(path, clip) if picture.gray(480).size)
            rate = shown / (time.perf_counter() - began)
    except LandfastError as error:
        return Line("bundled clip", False, str(error))
    found = f"{shown} of {clip.frames} frames of {clip.width}x{clip.height} at {rate:.0f} a second"
    return Line("bundled clip", shown == clip.frames, found)


def _generators() -> Line:
    ready = [profile.name for profile in profiles() if profile.usable]
    return Line("generators", bool(ready), ", ".join(ready))


EXAMINATIONS: tuple[Callable[[], Line], ...] = (
    _python,
    _libraries,
    _codecs,
    _cores,
    _memory,
    _disk,
    _temporary,
    _decode,
    _generators,
)

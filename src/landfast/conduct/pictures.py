"""Small pictures of a run for people to look at, kept in its ledger."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import cv2
import numpy as np

from landfast.compose.conform import resized
from landfast.conduct.job import Job
from landfast.conduct.ladder import asked_of
from landfast.conduct.painting import ANCHOR, EVIDENCE, LARGE, SMALL, painted
from landfast.conduct.verdict import Judged
from landfast.errors import InputError
from landfast.ledger.rows import TakeRow
from landfast.media.decode import stills
from landfast.model.arrays import Float32, UInt8
from landfast.model.outcome import Picture, PictureRole
from landfast.model.plan import Generate
from landfast.planning.ladder import RETIME

Image = UInt8[np.ndarray, "height width 3"]

STRIP = 12
POSITIONS = 9
_QUALITY = 80


def keep_strip(job: Job) -> None:
    """Pictures evenly over the clip."""
    clip = job.clip
    count = min(STRIP, clip.frames)
    wanted = [clip.time_of((2 * k + 1) * clip.frames // (2 * count)) for k in range(count)]
    for picture in stills(job.source, clip, wanted):
        _keep(job, "strip", "", picture.time, picture.rgb(SMALL), SMALL)


def keep_segment_pictures(job: Job, segment: Generate) -> None:
    """The anchors, and what the clip shows between them, or in the window of a retiming."""
    _keep_clip(job, segment)
    retimed = asked_of(segment, RETIME, job.clip)
    if retimed is not segment:
        _keep_clip(job, retimed, roles=())


def _keep_clip(
    job: Job, segment: Generate, roles: tuple[PictureRole, ...] = ("start", "end")
) -> None:
    start, end = job.anchors(segment)
    indices = [start + round(k * (end - start) / (POSITIONS - 1)) for k in range(POSITIONS)]
    times = {job.clip.time_of(index) for index in indices}
    middle = job.clip.time_of(indices[POSITIONS // 2])
    for picture in stills(job.source, job.clip, sorted(times)):
        image = picture.rgb(LARGE)
        _keep(job, "source", segment.name, picture.time, image, SMALL)
        if picture.time == middle:
            _keep(job, "source", segment.name, picture.time, image, LARGE)
        for role in roles:
            if picture.index == (start if role == "start" else end):
                _keep(job, role, segment.name, picture.time, image, ANCHOR)


def keep_take_pictures(job: Job, segment: Generate, row: TakeRow, judged: Judged) -> None:
    """The take at the same places as the clip, and its worst frame with the evidence."""
    images = judged.take.images
    last = len(images) - 1
    places = [round(k * last / (POSITIONS - 1)) for k in range(POSITIONS)]
    length = segment.end.time - segment.start.time
    for number, place in enumerate(places):
        time = segment.start.time + length * Fraction(place, max(1, last))
        _keep(job, "take", row.key, time, images[place], SMALL)
        if number == POSITIONS // 2:
            _keep(job, "take", row.key, time, images[place], LARGE)
    place = judged.judgement.worst
    time = segment.start.time + length * Fraction(place, max(1, last))
    _keep(job, "worst", row.key, time, images[place], EVIDENCE)
    heat = painted(images[place], judged.judgement.heat[place])
    _keep(job, "heat", row.key, time, heat, EVIDENCE)


def keep_difference(job: Job, key: str, level: Float32[np.ndarray, "height width"]) -> None:
    """Where the takes of one request differ: black where they agree, bright from 16 of 255 on."""
    shown = np.clip(level / 16 * 255, 0, 255).astype(np.uint8)
    coloured = cv2.cvtColor(cv2.applyColorMap(shown, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    _keep(job, "difference", key, Fraction(0), np.asarray(coloured, np.uint8), EVIDENCE)


def _keep(
    job: Job, role: PictureRole, subject: str, time: Fraction, image: Image, width: int
) -> None:
    width = min(width, image.shape[1])
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    data = _jpeg(resized(image, width, height))
    picture = Picture(
        role=role,
        subject=subject,
        time=time,
        width=width,
        height=height,
        media_type="image/jpeg",
        blob=hashlib.sha256(data).hexdigest(),
    )
    job.ledger.add_picture(picture, data)


def _jpeg(image: Image) -> bytes:
    coded, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    if not coded:
        raise InputError("cannot be written as JPEG", subject="picture")
    return data.tobytes()

"""What `verify -o` leaves: the verdict, a heat-map video, the worst frame and the anchors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from landfast.compose.conform import resized
from landfast.conduct.painting import ANCHOR, LARGE, painted
from landfast.conduct.verdict import Judged
from landfast.media.encode import Encoder
from landfast.media.files import make_folder, write_text
from landfast.media.stills import save_image
from landfast.model.arrays import UInt8

Image = UInt8[np.ndarray, "height width 3"]
Resized = UInt8[np.ndarray, "_ _ 3"]

VERDICT, VIDEO, WORST, HEAT = "verdict.json", "heatmap.mp4", "worst.jpg", "heat.jpg"
START, END = "start.jpg", "end.jpg"


def write_evidence(out: Path, judged: Judged, first: Image, last: Image) -> None:
    """Write the evidence of a judgement into a folder; the verdict itself comes last.

    Raises:
        InputError: The folder or a file in it cannot be written.
    """
    make_folder(out)
    found, images = judged.judgement, judged.take.images
    for name, anchor in ((START, first), (END, last)):
        save_image(out / name, _no_wider(anchor, ANCHOR))
    save_image(out / WORST, _no_wider(images[found.worst], LARGE))
    save_image(out / HEAT, _no_wider(painted(images[found.worst], found.heat[found.worst]), LARGE))
    _write_video(out / VIDEO, judged)
    write_text(out / VERDICT, found.verdict.to_json())


def _write_video(path: Path, judged: Judged) -> None:
    """The take in grey with the evidence painted over it, at the take's own times."""
    images, clip = judged.take.images, judged.clip
    height, width = images[0].shape[:2]
    even = (width - width % 2, height - height % 2)
    with Encoder(
        path, width=even[0], height=even[1], time_base=clip.time_base, fps=clip.fps
    ) as encoder:
        for index, (image, heat) in enumerate(zip(images, judged.judgement.heat, strict=True)):
            frame = painted(image, heat)[: even[1], : even[0]]
            encoder.write(
                np.ascontiguousarray(frame),
                tick=clip.ticks[index],
                duration=clip.length_of(index),
            )


def _no_wider(image: Image, width: int) -> Resized:
    height, wide = image.shape[:2]
    return image if wide <= width else resized(image, width, max(1, round(height * width / wide)))

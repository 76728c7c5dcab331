"""RGB pictures as frames of the footage's own format, matrix, range and orientation."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame

from landfast.compose.fill import Image
from landfast.media.colour import resolve
from landfast.media.yuv import frame_from_rgb
from landfast.model.clip import Clip

_BACK: dict[int, int] = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


def native_frame(image: Image, clip: Clip) -> VideoFrame:
    """The upright picture as the clip stores its frames: the inverse of `Picture.rgb`.

    Raises:
        InputError: The clip's colour matrix cannot be written.
    """
    turn = _BACK.get(clip.rotation)
    stored = image if turn is None else np.asarray(cv2.rotate(image, turn), image.dtype)
    height, width = stored.shape[:2]
    return frame_from_rgb(
        stored,
        pixel_format=clip.pixel_format,
        colour=resolve(clip.colour, width, height),
        siting="left",
    )

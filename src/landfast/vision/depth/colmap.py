"""Cameras by COLMAP (extra `sfm`), in place of landfast's own; everything after them is the same.

COLMAP sees the key frames only, and finds and matches features of its own. The followed points
are set into its cameras, so that its answer is judged by observations that it never saw, and the
frames between follow by resection.

It is not left to begin by itself: it takes no pair whose rays differ by less than a few degrees,
and neighbouring frames of a flight past far scenery differ by half a degree. The only pairs that
pass are those whose pictures fit a plane and were read as its other motion, which turns by 20
degrees and shows the relief inside out. So it continues from the poses of a few frames that
foretold where the frames between saw the points (`start.starts`), and adjusts them as well.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from landfast.errors import Unsupported
from landfast.model.arrays import Float64, UInt8
from landfast.model.camera import Lens
from landfast.vision.depth.distortion import straight_points
from landfast.vision.depth.growth import Posed
from landfast.vision.depth.rigid import Cameras
from landfast.vision.depth.structure import SOUND, STARTS, Structure, begin, nothing, set_into

Gray = UInt8[np.ndarray, "height width"]

_LEAST_REGISTERED: Final = 0.8
"""Share of the key frames that COLMAP must place."""
_LEAST_ANGLE: Final = 0.1
"""Degrees between rays; far points hold the directions together."""
_QUIET: Final = 3
_DATABASE: Final = "base.db"


def colmap_structure(
    grays: Sequence[Gray], points: Float64[np.ndarray, "frame point 2"], lens: Lens
) -> Structure:
    """Cameras of every frame from COLMAP's incremental mapping (Schoenberger & Frahm, CVPR 2016).

    Args:
        grays: The frames.
        points: Followed points, pixels of the frames; NaN where not seen.
        lens: Of the frames; it is kept.

    Raises:
        Unsupported: pycolmap is not installed.
    """
    pycolmap = load_pycolmap()
    pixels = straight_points(points, lens)
    begun = begin(pixels, lens.width, lens.focal_px)
    best = nothing(begun)
    if not begun.starts:
        return best
    with tempfile.TemporaryDirectory() as name, _quiet(pycolmap):
        folder = Path(name)
        _write(folder / "images", [grays[k] for k in begun.keys])
        _match(pycolmap, folder, lens)
        for start in begun.starts[:STARTS]:
            mapped = _mapped(pycolmap, folder, start, len(begun.keys))
            if mapped is None:
                continue
            cameras, places = mapped
            keys = [begun.keys[place] for place in places]
            found = set_into(cameras, pixels, begun, keys, lens.width, lens.focal_px)
            best = max(best, found, key=lambda each: each.inliers)
            if best.inliers > SOUND:
                break
    return best


def _write(folder: Path, images: Sequence[Gray]) -> None:
    folder.mkdir()
    for k, image in enumerate(images):
        (folder / f"{k:04d}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())


def _match(pycolmap: Any, folder: Path, lens: Lens) -> None:
    """SIFT, and matches of frames that follow each other; one thread, so that bytes repeat."""
    pycolmap.set_random_seed(0)
    reader = pycolmap.ImageReaderOptions()
    reader.camera_model = "SIMPLE_RADIAL"
    # COLMAP counts from the corner of the first pixel, landfast from its centre.
    numbers = (lens.focal_px, lens.centre_x + 0.5, lens.centre_y + 0.5, lens.k1)
    reader.camera_params = ",".join(repr(float(value)) for value in numbers)
    extraction = pycolmap.FeatureExtractionOptions()
    extraction.num_threads, extraction.use_gpu = 1, False
    pycolmap.extract_features(
        folder / _DATABASE,
        folder / "images",
        camera_mode=pycolmap.CameraMode.SINGLE,
        reader_options=reader,
        extraction_options=extraction,
    )
    matching = pycolmap.FeatureMatchingOptions()
    matching.num_threads, matching.use_gpu = 1, False
    verification = pycolmap.TwoViewGeometryOptions()
    verification.ransac.random_seed = 0
    pycolmap.match_sequential(
        folder / _DATABASE, matching_options=matching, verification_options=verification
    )


def _mapped(
    pycolmap: Any, folder: Path, start: Posed, wanted: int
) -> tuple[Cameras, list[int]] | None:
    """Cameras, and which of the key frames they are; None where the first, the last or most of
    them are not among these.
    """
    options = _mapping(pycolmap)
    seeded = _seeded(pycolmap, folder, start)
    places = folder / "images", folder
    model = pycolmap.triangulate_points(seeded, folder / _DATABASE, *places, options=options)
    model.write(folder)
    models = pycolmap.incremental_mapping(
        folder / _DATABASE, *places, options, input_path=folder
    ).values()
    model = max(models, key=lambda each: each.num_reg_images(), default=None)
    return None if model is None else _read(model, wanted)


def _mapping(pycolmap: Any) -> Any:
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads, options.random_seed = 1, 0
    options.min_model_size, options.multiple_models = 2, False
    options.ba_refine_focal_length = options.ba_refine_extra_params = False
    options.mapper.abs_pose_refine_focal_length = False
    options.mapper.abs_pose_refine_extra_params = False
    options.mapper.filter_min_tri_angle = options.triangulation.min_angle = _LEAST_ANGLE
    return options


def _seeded(pycolmap: Any, folder: Path, start: Posed) -> Any:
    """COLMAP's model of the frames that a start has poses of, still without points."""
    with pycolmap.Database.open(folder / _DATABASE) as database:
        cache = pycolmap.DatabaseCache.create(database, pycolmap.DatabaseCacheOptions())
    model = pycolmap.Reconstruction()
    model.load(cache)
    for image in model.images.values():
        pose = start.get(_place(image))
        if pose is None:
            continue
        turn, shift = pose
        frame = model.frame(image.frame_id)
        placed = pycolmap.Rigid3d(pycolmap.Rotation3d(turn), shift)
        frame.set_cam_from_world(image.camera_id, placed)
        model.register_frame(image.frame_id)
    return model


def _place(image: Any) -> int:
    return int(Path(image.name).stem)


def _read(model: Any, wanted: int) -> tuple[Cameras, list[int]] | None:
    images = sorted((model.images[k] for k in model.reg_image_ids()), key=_place)
    places = [_place(each) for each in images]
    if len(places) < _LEAST_REGISTERED * wanted or not {0, wanted - 1} <= set(places):
        return None
    poses = np.stack([np.asarray(each.cam_from_world().matrix(), np.float64) for each in images])
    return Cameras(poses[:, :, :3], poses[:, :, 3]), places


@contextmanager
def _quiet(pycolmap: Any) -> Iterator[None]:
    """COLMAP's log would drown what landfast says."""
    before = pycolmap.logging.minloglevel
    pycolmap.logging.minloglevel = _QUIET
    try:
        yield
    finally:
        pycolmap.logging.minloglevel = before


def load_pycolmap() -> Any:
    """The module.

    Raises:
        Unsupported: It is not installed.
    """
    try:
        return importlib.import_module("pycolmap")
    except ImportError as error:
        raise Unsupported(
            "needs pycolmap, which is not installed",
            subject="--engine sfm",
            remedy="pip install 'landfast[sfm]'",
        ) from error

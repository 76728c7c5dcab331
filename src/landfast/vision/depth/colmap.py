"""Cameras by COLMAP (extra `sfm`), in place of landfast's own; everything after them is the same.

COLMAP sees the key frames only. The followed points are set into its cameras, so that its answer
is judged by observations that it never saw, and the frames between follow by resection.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np

from landfast.errors import Unsupported
from landfast.model.arrays import Float64, UInt8
from landfast.model.camera import Lens
from landfast.vision.depth.bundle import adjust
from landfast.vision.depth.distortion import straight_points
from landfast.vision.depth.parallax import Parallax, key_frames, survey
from landfast.vision.depth.rigid import Cameras
from landfast.vision.depth.structure import ENOUGH_PARALLAX, Structure, set_into

Gray = UInt8[np.ndarray, "height width"]

_LEAST_REGISTERED: Final = 0.8
"""Share of the key frames that COLMAP must place."""
_LEAST_ANGLE: Final = 0.5
"""Degrees between rays; a span of video has less than a photographer's walk."""
_START_ANGLE: Final = 4.0
_QUIET: Final = 3


class _Mapped(NamedTuple):
    cameras: Cameras
    places: list[int]
    """Which of the key frames the cameras are."""
    focal_px: float
    k1: float


def colmap_structure(
    grays: Sequence[Gray],
    points: Float64[np.ndarray, "frame point 2"],
    start: Lens,
    *,
    is_lens_given: bool,
    focal_spread: float,
) -> tuple[Structure, Lens]:
    """Cameras of every frame from COLMAP's incremental mapping (Schoenberger & Frahm, CVPR 2016).

    Args:
        grays: The frames.
        points: Followed points, pixels of the frames; NaN where not seen.
        start: The lens that is given, or where the search for one begins.
        is_lens_given: Keep it as it is; else COLMAP looks for the focal length and k1.
        focal_spread: Formal spread up to which its focal length counts; else `start` is kept.

    Raises:
        Unsupported: pycolmap is not installed.
    """
    pycolmap = load_pycolmap()
    pixels = straight_points(points, start)
    keys = key_frames(pixels, start.width)
    found = survey(pixels, keys, start.width, start.focal_px)
    widest = found[0] if found else None
    if widest is None or widest.rest_px < ENOUGH_PARALLAX * start.width / 640:
        return Structure(None, tuple(keys), None, 0.0, widest, pixels[:0]), start
    images = [grays[k] for k in keys]
    if not is_lens_given:
        structure, lens = _placed(pycolmap, images, keys, points, start, widest, is_free=True)
        if structure.bundle is not None:
            fitted = adjust(structure.bundle, structure.observed, fit="focal", rounds=2)
            if fitted.focal_spread < focal_spread:
                return structure, lens
    return _placed(pycolmap, images, keys, points, start, widest, is_free=False)


def _placed(
    pycolmap: Any,
    images: Sequence[Gray],
    keys: list[int],
    points: Float64[np.ndarray, "frame point 2"],
    start: Lens,
    widest: Parallax,
    *,
    is_free: bool,
) -> tuple[Structure, Lens]:
    """COLMAP's cameras with the followed points; nothing where too few were placed."""
    mapped = _mapped(pycolmap, images, start, is_free=is_free)
    if mapped is None:
        return Structure(None, tuple(keys), None, 0.0, widest, points[:0]), start
    update = {"focal_px": mapped.focal_px, "k1": mapped.k1, "source": "measured"}
    lens = start.model_copy(update=update) if is_free else start
    placed = [keys[k] for k in mapped.places]
    pixels = straight_points(points, lens)
    return set_into(mapped.cameras, pixels, placed, lens.width, lens.focal_px, widest), lens


def _mapped(pycolmap: Any, images: Sequence[Gray], start: Lens, *, is_free: bool) -> _Mapped | None:
    """The largest model, where it holds the first, the last and most of the key frames."""
    with tempfile.TemporaryDirectory() as name, _quiet(pycolmap):
        folder = Path(name)
        _write(folder / "images", images)
        _match(pycolmap, folder, start)
        models = pycolmap.incremental_mapping(
            folder / "base.db", folder / "images", folder, _mapping(pycolmap, is_free)
        )
    if not models:
        return None
    return _read(max(models.values(), key=lambda m: m.num_reg_images()), len(images))


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
        folder / "base.db",
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
        folder / "base.db", matching_options=matching, verification_options=verification
    )


def _mapping(pycolmap: Any, is_free: bool) -> Any:
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads, options.random_seed = 1, 0
    options.min_model_size, options.multiple_models = 2, False
    options.ba_refine_focal_length = options.ba_refine_extra_params = is_free
    options.mapper.abs_pose_refine_focal_length = is_free
    options.mapper.abs_pose_refine_extra_params = is_free
    options.mapper.init_min_tri_angle = _START_ANGLE
    options.mapper.filter_min_tri_angle = _LEAST_ANGLE
    options.triangulation.min_angle = _LEAST_ANGLE
    return options


def _read(model: Any, wanted: int) -> _Mapped | None:
    images = sorted((model.images[k] for k in model.reg_image_ids()), key=lambda each: each.name)
    places = [int(Path(each.name).stem) for each in images]
    if len(places) < _LEAST_REGISTERED * wanted or not {0, wanted - 1} <= set(places):
        return None
    poses = [np.asarray(each.cam_from_world().matrix(), np.float64) for each in images]
    stack = np.stack(poses)
    focal, _, _, k1 = next(iter(model.cameras.values())).params
    return _Mapped(Cameras(stack[:, :, :3], stack[:, :, 3]), places, float(focal), float(k1))


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

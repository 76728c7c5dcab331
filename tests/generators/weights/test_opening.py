"""What `diffusers:...` means, with or without the extra."""

from __future__ import annotations

import importlib.util
import json

import pytest

from landfast.errors import InputError, Unsupported
from landfast.generators.base import Material
from landfast.generators.diffusers.generator import open_diffusers
from landfast.generators.diffusers.loading import Settings, library
from landfast.generators.registry import open_generator
from loopback.material import anchors
from loopback.orders import order


def test_opening_imports_no_torch():
    code = (
        "import sys; from landfast.generators.registry import open_generator;"
        "open_generator('diffusers:Wan-AI/Wan2.1-VACE-1.3B-diffusers');"
        "sys.exit('torch' in sys.modules)"
    )
    import subprocess
    import sys

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_extra_is_named():
    with pytest.raises(Unsupported, match=r"landfast\[diffusers\]"):
        library("a_library_that_nobody_has")


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="the extra is there")
def test_without_the_extra_a_take_says_what_to_install():
    generator = open_generator("diffusers:Wan-AI/Wan2.1-VACE-1.3B-diffusers")
    request = order(generator.profile).model_copy(update={"width": 64, "height": 48, "frames": 5})
    with pytest.raises(Unsupported, match=r"landfast\[diffusers\]"):
        list(generator.make(request, Material(*anchors((64, 48)))))


def test_no_weights_no_take():
    generator = open_generator("diffusers")
    request = order(generator.profile).model_copy(update={"width": 64, "height": 48, "frames": 5})
    with pytest.raises(InputError, match="no weights are named"):
        generator.make(request, Material(*anchors((64, 48))))


def test_a_folder_of_another_pipeline_is_refused(tmp_path):
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "LTXPipeline"}))
    with pytest.raises(Unsupported, match="LTXPipeline"):
        open_diffusers(str(tmp_path))


@pytest.mark.parametrize("text", ["", "{}", "[]"])
def test_a_folder_without_a_pipeline_is_refused(tmp_path, text):
    (tmp_path / "model_index.json").write_text(text)
    with pytest.raises(InputError):
        open_diffusers(str(tmp_path))


@pytest.mark.parametrize("source", ["./nothing", "/nothing/here", "nothing"])
def test_what_is_neither_folder_nor_id_is_refused(source):
    with pytest.raises(InputError, match="neither a folder"):
        open_diffusers(source)


def test_settings_are_checked():
    assert Settings.from_environment({}).offload == "auto"
    with pytest.raises(InputError, match="choose from auto"):
        Settings.from_environment({"LANDFAST_DIFFUSERS_OFFLOAD": "disk"})
    with pytest.raises(InputError, match="give a number"):
        Settings.from_environment({"LANDFAST_DIFFUSERS_STEPS": "many"})

"""ComfyUI's adapter against the server on this machine."""

from __future__ import annotations

import dataclasses
import json

import pytest

from landfast.errors import InputError, Unsupported
from landfast.generators.base import Control
from landfast.generators.comfyui.opening import open_comfyui, packaged
from landfast.generators.comfyui.workflow import Workflow
from landfast.generators.profiles import shipped_profiles
from landfast.generators.remote.clip import fitted
from landfast.generators.remote.desk import LooseDesk
from landfast.generators.remote.errors import JobFailed, SubmitUnknown
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.profile import Size
from loopback.fixtures import loopback as loopback
from loopback.material import likeness
from loopback.orders import checker, environment, material, order
from loopback.script import Script

SMALL = Size(name="small", width=384, height=224)
PACKAGED = ("wan-vace", "wan-flf2v")


@pytest.fixture
def opened(loopback):
    generators = []

    def opened(model: str, **profile: object) -> RemoteGenerator:
        found = open_comfyui(model)
        changes = {"sizes": (SMALL,), "poll_s": "1/20", **profile}
        held = type(found.profile).model_validate(found.profile.model_dump() | changes)
        made = RemoteGenerator(found._dialect, held, environment=environment(loopback))
        generators.append(made)
        return made

    yield opened
    for one in generators:
        one.close()


def delivered(generator, request, folder, given=None, progress=None):
    desk = LooseDesk(folder / "take.mp4")
    generator.deliver(request, given or material(), desk, progress=progress)
    return desk


def sent(loopback):
    [create] = loopback.creates()
    return loopback.job(create).body


def only(graph, kind):
    return next(node for node in graph.values() if node["class_type"] == kind)["inputs"]


@pytest.mark.parametrize("model", PACKAGED)
def test_packaged_workflows_make_takes_between_the_anchors(loopback, opened, tmp_path, model):
    generator = opened(model)
    request = order(generator.profile, seed=77, negative_prompt="morphing")
    desk = delivered(generator, request, tmp_path)
    graph = sent(loopback)["prompt"]
    assert only(graph, "KSampler")["seed"] == 77
    texts = [n["inputs"]["text"] for n in graph.values() if n["class_type"] == "CLIPTextEncode"]
    assert texts == ["static landscape", "morphing"]
    assert only(graph, "CreateVideo")["fps"] == 16.0
    images = list(generator.frames(request, desk.raw))
    assert len(images) == request.frames
    first, last = generator.sent(request, material())
    assert likeness(first, images[0]) > 28 < likeness(last, images[-1])
    assert desk.cost_usd == 0


def test_depth_fills_the_gap_and_the_anchors_stay(loopback, opened, tmp_path):
    generator = opened("wan-vace")
    request = order(generator.profile)
    pictures = checker((320, 180), request.frames)
    depth = Control(kind="depth", count=len(pictures), frames=lambda: iter(pictures))
    delivered(generator, request, tmp_path, dataclasses.replace(material(), controls=(depth,)))
    graph = sent(loopback)["prompt"]
    inner = only(graph, "ImageFromBatch")
    assert (inner["batch_index"], inner["length"]) == (1, request.frames - 2)
    [made] = loopback.engine.jobs.values()
    first, last = generator.sent(request, material())
    canvas = generator.lower(request).canvas
    given = (made.order.first, made.order.last)
    shown = [fitted(image, canvas, (request.width, request.height)) for image in given]
    assert all(likeness(a, b) > 40 for a, b in zip((first, last), shown, strict=True))


def test_missing_nodes_and_models_are_named_before_anything_is_queued(loopback, opened, tmp_path):
    server = loopback.dialect("comfyui")
    server.without = {"WanFirstLastFrameToVideo", "SaveVideo"}
    server.missing = {"wan_2.1_vae.safetensors"}
    generator = opened("wan-flf2v")
    with pytest.raises(Unsupported) as raised:
        delivered(generator, order(generator.profile), tmp_path)
    for words in ("node SaveVideo", "node WanFirstLastFrameToVideo", "wan_2.1_vae.safetensors"):
        assert words in str(raised.value)
    assert not [one for one in loopback.seen if one.method == "POST"]


@pytest.mark.parametrize("line", ["good", "refused", "silent"])
def test_progress_comes_over_the_socket_and_does_without_it(loopback, opened, tmp_path, line):
    loopback.dialect("comfyui").socket = line
    steps = Script(queued=2, running=6) if line == "good" else Script(queued=1, running=1)
    loopback.engine.script(steps)
    told = []
    generator = opened("wan-flf2v", poll_s="1/2" if line == "good" else "1/20")
    desk = delivered(
        generator, order(generator.profile), tmp_path, progress=lambda done, all: told.append(done)
    )
    assert desk.state == "delivered"
    assert (len(set(told)) > 2) == (line == "good")


def test_a_node_that_fails_is_named(loopback, opened, tmp_path):
    loopback.engine.script(Script(ending="failed"))
    generator = opened("wan-flf2v")
    with pytest.raises(JobFailed, match=r"KSampler: torch\.OutOfMemoryError"):
        delivered(generator, order(generator.profile), tmp_path)


def test_an_unanswered_order_is_found_again_by_its_number(loopback, opened, tmp_path):
    loopback.engine.script(Script(create=("drop",)))
    generator = opened("wan-flf2v")
    request = order(generator.profile)
    desk = LooseDesk(tmp_path / "take.mp4")
    with pytest.raises(SubmitUnknown):
        generator.deliver(request, material(), desk)
    generator.deliver(request, material(), desk)
    assert desk.state == "delivered"
    assert len(loopback.creates()) == 1


def test_a_job_that_the_server_forgot_is_not_waited_for(loopback, opened, tmp_path):
    generator = opened("wan-flf2v")
    request = order(generator.profile)
    desk = LooseDesk(tmp_path / "take.mp4")
    loopback.engine.script(Script(queued=1000))

    def forget(done, whole):
        loopback.engine.jobs.clear()

    with pytest.raises(JobFailed, match="no longer knows"):
        generator.deliver(request, material(), desk, progress=forget)


def user_graph():
    """A workflow of the user's: other node numbers, another name for the seed, no end."""
    graph = json.loads(json.dumps(packaged("wan-flf2v").nodes))
    graph["12"]["inputs"].pop("end_image")
    graph["12"]["inputs"].pop("clip_vision_end_image")
    for key in ("8", "11"):
        del graph[key]
    return graph


def test_a_workflow_of_the_users_tells_by_its_slots_what_it_takes(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(user_graph()))
    profile = open_comfyui(str(path)).profile
    assert profile.name == f"comfyui:{path}"
    assert (profile.keyframes, profile.seed, profile.controls) == ("first", True, ())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda graph: graph.clear(), "no workflow in API format"),
        (lambda graph: graph.update(nodes=[1]), "no workflow in API format"),
        (lambda graph: graph["7"].pop("_meta"), "no slot for the first anchor"),
        (lambda graph: graph["5"]["_meta"].update(title="landfast:promt"), "unknown"),
        (lambda graph: graph["5"]["_meta"].update(title="landfast:seed"), "landfast:seed=INPUT"),
        (lambda graph: graph.update({"99": graph["16"]}), "nodes that could save"),
    ],
)
def test_workflows_that_cannot_be_used_say_why(change, words):
    graph = user_graph()
    change(graph)
    with pytest.raises(InputError, match=words):
        Workflow(graph, name="mine.json")


def test_a_title_names_the_input():
    graph = user_graph()
    sampler = next(node for node in graph.values() if node["class_type"] == "KSampler")
    sampler["inputs"]["noise"] = 0
    sampler["_meta"]["title"] = "My sampler landfast:seed=noise"
    values = dict.fromkeys(Workflow(graph, name="x").words, 5)
    filled = Workflow(graph, name="x").filled(values)
    assert only(filled, "KSampler")["noise"] == 5


def test_every_packaged_workflow_has_a_profile():
    models = [one.model for one in shipped_profiles() if one.generator == "comfyui"]
    assert sorted(models) == sorted(PACKAGED)
    for name in (*PACKAGED, "wan-vace-depth"):
        words = packaged(name).words
        assert {"first", "last", "prompt", "negative", "seed", "width", "length"} <= words

"""Storage against a real S3 implementation on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import httpx
import pytest

from landfast.errors import InputError, Unreachable
from landfast.generators.remote.dialect import Asset
from landfast.generators.remote.storage import Storage

DATA = b"\x89PNG anchor"
ASSET = Asset(
    role="first", media_type="image/png", data=DATA, sha256=hashlib.sha256(DATA).hexdigest()
)
ORDER = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server_of = pytest.importorskip("moto.server")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def storage(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    httpx.put(f"{endpoint}/frames", trust_env=False)
    return Storage.from_environment(
        {"LANDFAST_STORAGE": "s3://frames/shots", "LANDFAST_STORAGE_ENDPOINT": endpoint}
    )


def test_a_picture_is_opened_by_its_address_and_taken_away_again(storage, endpoint):
    address = storage.put(ORDER, ASSET)
    assert address.startswith(f"{endpoint}/frames/shots/landfast/0123456789abcdef/{ASSET.sha256}")
    found = httpx.get(address, trust_env=False)
    assert (found.content, found.headers["content-type"]) == (DATA, "image/png")
    assert "X-Amz-Expires=86400" in address
    assert storage.put(ORDER, ASSET).partition("?")[0] == address.partition("?")[0]
    storage.remove(ORDER, ASSET)
    storage.remove(ORDER, ASSET)
    assert httpx.get(address, trust_env=False).status_code == 404


def test_orders_do_not_share_objects(storage):
    other = ORDER.replace("0", "f")
    assert storage.key(ORDER, ASSET) != storage.key(other, ASSET)


def test_a_bucket_that_is_not_there_is_one_clear_line(endpoint, storage):
    gone = Storage("nothing-here", "", storage.options)
    with pytest.raises(Unreachable, match="s3://nothing-here") as caught:
        gone.put(ORDER, ASSET)
    assert "testing" not in str(caught.value)


@pytest.mark.parametrize("place", ["", "bucket", "https://bucket"])
def test_without_storage_it_is_said_what_to_set(place):
    with pytest.raises(InputError, match="LANDFAST_STORAGE"):
        Storage.from_environment({"LANDFAST_STORAGE": place})

"""Object storage for services that take pictures by public address only (S3 and its like)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from landfast.errors import InputError, Unreachable
from landfast.generators.remote.dialect import Asset

PLACE: Final = "LANDFAST_STORAGE"
"""Environment variable: `s3://bucket` or `s3://bucket/folder`."""
ENDPOINT: Final = "LANDFAST_STORAGE_ENDPOINT"
"""Environment variable: address of an S3-compatible service other than AWS."""
EXPIRY: Final = timedelta(hours=24)
"""How long an address opens a picture; it is taken away sooner, when the job has ended."""
_SUFFIX: Final = {"image/png": "png", "image/jpeg": "jpg", "video/mp4": "mp4"}


def order_of(key: str) -> str:
    """The part of a request's key that names its order in storage."""
    return key[:16]


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder of a bucket.

    Attributes:
        bucket: Its name.
        folder: Where in it; may be empty.
        options: Further options of `obstore.store.S3Store` (endpoint, region …).
    """

    bucket: str
    folder: str
    options: Mapping[str, Any]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Storage:
        """The storage that the user has set up; keys stand in the usual AWS variables.

        Raises:
            InputError: None is set up, or its address is no `s3://` address.
        """
        known = os.environ if environment is None else environment
        parts = urlsplit(known.get(PLACE, ""))
        if parts.scheme != "s3" or not parts.netloc:
            raise InputError(
                "this service takes pictures by public address only, and no storage is set up",
                subject=PLACE,
                remedy="set it to s3://BUCKET, or choose a generator that takes files",
            )
        endpoint = known.get(ENDPOINT, "")
        options: dict[str, Any] = {}
        if endpoint:
            plain = endpoint.startswith("http://")
            options = {"endpoint": endpoint, "virtual_hosted_style_request": False}
            options |= {"client_options": {"allow_http": True}} if plain else {}
        return cls(parts.netloc, parts.path.strip("/"), options)

    def put(self, order: str, asset: Asset) -> str:
        """Store an asset under a key made of the order and its content.

        Returns:
            An address that opens it for `EXPIRY`.

        Raises:
            InputError: The extra `s3` is not installed, or keys are missing.
            Unreachable: The storage does not answer.
        """
        key = self.key(order, asset)
        with _mapped(self.bucket):
            import obstore

            store = self._opened()
            obstore.put(store, key, asset.data, attributes={"Content-Type": asset.media_type})
            return str(obstore.sign(store, "GET", key, EXPIRY))

    def remove(self, order: str, asset: Asset) -> None:
        """Take an asset away; it may be gone already."""
        with _mapped(self.bucket):
            import obstore

            obstore.delete(self._opened(), self.key(order, asset))

    def key(self, order: str, asset: Asset) -> str:
        """Where an asset lies: two orders never share an object, so either may be cleaned."""
        name = f"{asset.sha256}.{_SUFFIX.get(asset.media_type, 'bin')}"
        return "/".join(part for part in (self.folder, "landfast", order_of(order), name) if part)

    def _opened(self) -> Any:
        from obstore.store import S3Store

        return S3Store(self.bucket, **self.options)


@contextmanager
def _mapped(bucket: str) -> Iterator[None]:
    """obstore's errors as landfast's; its words may hold signed addresses and are left out."""
    try:
        from obstore.exceptions import BaseError
    except ImportError as error:
        raise InputError(
            "storage needs the extra s3",
            subject=PLACE,
            remedy="install it with `pip install landfast[s3]`",
        ) from error
    try:
        yield
    except (BaseError, OSError) as error:
        raise Unreachable(
            f"storage does not take the picture ({type(error).__name__.removesuffix('Error')})",
            subject=f"s3://{bucket}",
            remedy="check the bucket, its region and the AWS keys in the environment",
        ) from None

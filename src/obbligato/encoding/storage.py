"""Puts files into a bucket of any S3 store and takes them out, whole and checked. It knows nothing of audio.

Every object carries the SHA-256 of its bytes, so that one that was altered in the store is told from a good one.
boto3 is imported only when a storage is opened: a store without a farm needs neither the one nor the other.
"""

import hashlib
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from obbligato.kernel.refusals import Invalid

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.response import StreamingBody

CONNECT_SECONDS, READ_SECONDS = 2, 5
"""For one connection and one read; a whole fetch has a deadline of its own."""
PIECE_BYTES = 1 << 18
MULTIPART_BYTES = 16 << 20
MISSING_CODES = {"404", "NoSuchKey", "NotFound"}
_numbers = itertools.count()


class BadStorage(Invalid):
    """STORAGE_URL cannot be understood, or what opens it is not installed."""


class StorageFails(Exception):
    """The store did not answer, answered with a fault, or took too long; str() says what it said."""


class NotThere(Exception):
    """The store answered, and there is no such object."""


class Altered(Exception):
    """The object is not the bytes that were put: its SHA-256 or its length is another."""


class Storage:
    """One bucket, or a prefix of one. Every method may be called from any thread."""

    def __init__(self, url: str) -> None:
        """Open s3://user:password@bucket/prefix?endpoint=https://…&region=…; all but the bucket may be left out.

        Without a user, credentials come from where boto3 finds them: AWS_ACCESS_KEY_ID and so on. Nothing is
        sent yet. Raises BadStorage.
        """
        address = urlsplit(url)
        if address.scheme != "s3" or not address.hostname:
            raise BadStorage("STORAGE_URL must look like s3://bucket/prefix?endpoint=https://…&region=….")
        options = {name: values[-1] for name, values in parse_qs(address.query).items()}
        if unknown := sorted(set(options) - {"endpoint", "region"}):
            raise BadStorage(f"STORAGE_URL has the option “{unknown[0]}”; there are endpoint and region.")
        self.bucket = address.netloc.rpartition("@")[2]
        self._prefix = address.path.strip("/")
        self._client = _client(
            endpoint=options.get("endpoint"),
            region=options.get("region"),
            user=unquote(address.username or ""),
            password=unquote(address.password or ""),
        )

    def ping(self) -> None:
        """Return when the bucket is there and we may list it. Raises StorageFails."""
        with _faults_told():
            self._client.list_objects_v2(Bucket=self.bucket, Prefix=self._key(""), MaxKeys=1)

    def holds(self, key: str, *, size_bytes: int | None = None, sha256: str | None = None) -> bool:
        """Whether the object is there and says of itself what is asked for. Raises StorageFails."""
        try:
            with _faults_told():
                head = self._client.head_object(Bucket=self.bucket, Key=self._key(key))
        except NotThere:
            return False
        is_size_right = size_bytes is None or head["ContentLength"] == size_bytes
        return is_size_right and (sha256 is None or head.get("Metadata", {}).get("sha256") == sha256)

    def put_file(self, key: str, path: Path, *, sha256: str) -> None:
        """Store a file under a key, in several parts where it is long. Raises StorageFails, OSError."""
        from boto3.s3.transfer import TransferConfig

        config = TransferConfig(
            multipart_threshold=MULTIPART_BYTES, multipart_chunksize=MULTIPART_BYTES, max_concurrency=4
        )
        with _faults_told():
            extra = {"Metadata": {"sha256": sha256}}
            self._client.upload_file(str(path), self.bucket, self._key(key), ExtraArgs=extra, Config=config)

    def fetch(self, key: str, target: Path, *, seconds: float, sha256: str | None = None) -> None:
        """Bring an object into a file that is there whole or not at all, within so many seconds in all.

        The bytes are compared with sha256, or with what the object says of itself. Raises NotThere, Altered,
        StorageFails, OSError.
        """
        deadline = time.monotonic() + seconds
        # Named so that what a killed process leaves is cleared away like any other half of a file.
        growing = target.with_name(f"{target.name}.{os.getpid()}-{next(_numbers)}.growing")
        try:
            with _faults_told():
                found = self._client.get_object(Bucket=self.bucket, Key=self._key(key))
                digest, length = _saved(found["Body"], growing, deadline)
            wanted = sha256 or found.get("Metadata", {}).get("sha256")
            if length != found["ContentLength"] or digest != wanted:
                raise Altered(f"{key} in the bucket {self.bucket} is not what was put there.")
            growing.replace(target)
        finally:
            growing.unlink(missing_ok=True)

    def remove(self, key: str) -> None:
        """Take an object away; nothing happens when there is none. Raises StorageFails."""
        with _faults_told():
            self._client.delete_object(Bucket=self.bucket, Key=self._key(key))

    def prune(self, *, days: int) -> int:
        """Remove what was put more than so many days ago, and give the number of objects. Raises StorageFails."""
        oldest = datetime.now(UTC) - timedelta(days=days)
        removed = 0
        with _faults_told():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._key(""))
            for page in pages:
                for found in page.get("Contents", ()):
                    if found["LastModified"] < oldest:
                        self._client.delete_object(Bucket=self.bucket, Key=found["Key"])
                        removed += 1
        return removed

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _client(*, endpoint: str | None, region: str | None, user: str, password: str) -> "BaseClient":
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise BadStorage("STORAGE_URL needs boto3, which is not installed: pip install 'obbligato[farm]'.") from None

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=16,
        # We check bytes ourselves; stores that are not Amazon's often do not know the newer check sums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    keys = {"aws_access_key_id": user, "aws_secret_access_key": password} if user else {}
    session = boto3.session.Session(**keys)
    return session.client(
        "s3", endpoint_url=endpoint, region_name=region or session.region_name or "us-east-1", config=config
    )


@contextmanager
def _faults_told() -> Iterator[None]:
    """Everything that can go wrong between us and the store, in our own words."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code", "") in MISSING_CODES:
            raise NotThere(str(error)) from None
        raise StorageFails(str(error)) from None
    except (BotoCoreError, HTTPClientError, Boto3Error) as error:
        raise StorageFails(str(error)) from None


def _saved(body: "StreamingBody", path: Path, deadline: float) -> tuple[str, int]:
    """Write what comes into a file; its SHA-256 and length. Raises StorageFails at the deadline, however it drips."""
    from urllib3.exceptions import HTTPError

    digest, length = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            while piece := body.read(PIECE_BYTES):
                file.write(piece)
                digest.update(piece)
                length += len(piece)
                if time.monotonic() > deadline:
                    raise StorageFails("The bucket sends too slowly.")
    except HTTPError as error:
        raise StorageFails(str(error)) from None
    finally:
        body.close()
    return digest.hexdigest(), length

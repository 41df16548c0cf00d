# SPDX-License-Identifier: EUPL-1.2
"""The connection to a service: one client for a process, which its threads share and a fork does not inherit.

Every upload announces its SHA-256 twice: as `x-amz-content-sha256`, computed by botocore from the bytes that
it is about to send and covered by the signature (also over TLS), and as `x-amz-checksum-sha256`, computed by
us when the bytes came in. The service refuses a body that is not the first; we refuse to send one whose
first is not the second. So bytes that change in the spool or on the way are noticed, also by services that
ignore checksum headers (Ceph RADOS Gateway 16 and 18 do).

`when_required`: boto3's own trailing checksums over TLS are refused with 411 by services that do not know
`aws-chunked` (Ceph RADOS Gateway 16), and not needed here.
"""

from __future__ import annotations

import base64
import os
import threading
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from archive import __version__
from archive.errors import ConfigurationError, IntegrityError
from archive.settings import LockSettings, S3Settings

ATTEMPTS: Final = 4
"""Tries of a request that met a fault of the network, 429 or 5xx (botocore's standard mode)."""
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30

_clients: dict[S3Settings, Any] = {}
_making = threading.Lock()


def client_for(settings: S3Settings) -> Any:
    """Return the client of this process for the service of some settings; threads may share it.

    Raises:
        ConfigurationError: The settings cannot be used.
    """
    service = settings.model_copy(
        update={"bucket": "", "prefix": "", "lock": LockSettings(), "draining": False}
    )
    with _making:
        if service not in _clients:
            client = make(service)
            for operation in ("PutObject", "UploadPart"):
                client.meta.events.register(f"before-send.s3.{operation}", _require_announced)
            _clients[service] = client
        return _clients[service]


def checksum(sha256: str) -> str:
    """Return a hexadecimal SHA-256 as `x-amz-checksum-sha256` has it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def make(settings: S3Settings) -> Any:
    """Return a client of its own that sends whatever it is given, for `archive.store.s3.probe`."""
    if settings.ca_file and not Path(settings.ca_file).is_file():
        raise ConfigurationError(f"ca_file {settings.ca_file} is not there")
    config = Config(
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=settings.connections + 4,
        tcp_keepalive=True,
        user_agent_extra=f"longeva/{__version__}",
        s3={"addressing_style": settings.addressing, "payload_signing_enabled": True},
    )
    secret = settings.secret_key.get_secret_value()
    session = boto3.session.Session(
        aws_access_key_id=settings.access_key or None,
        aws_secret_access_key=secret or None,
        region_name=settings.region,
    )
    try:
        client = session.client(
            "s3",
            endpoint_url=settings.endpoint or None,
            verify=settings.ca_file or None,
            config=config,
        )
    except ValueError as cause:  # an endpoint that is no URL
        raise ConfigurationError(f"the S3 service cannot be addressed: {cause}") from cause
    return client


def _require_announced(request: Any, **_: Any) -> None:
    """Refuse to send bytes that are not those which were digested when they came in."""
    announced, signed = (_header(request, f"x-amz-{name}-sha256") for name in ("checksum", "content"))
    if announced and checksum(signed) != announced:
        raise IntegrityError("bytes changed between coming in and going up: memory or disk of this machine")


def _header(request: Any, name: str) -> str:
    value = request.headers.get(name) or ""
    return value.decode() if isinstance(value, bytes) else str(value)


def _forget() -> None:
    global _making  # noqa: PLW0603 - another thread of the parent may have held it
    _making = threading.Lock()
    _clients.clear()


os.register_at_fork(after_in_child=_forget)

# SPDX-License-Identifier: EUPL-1.2
"""The one door to a cluster: Elastic's client, made to speak to both products; their errors become ours.

The client insists on two things that only Elasticsearch of its own major version gives: media types
`application/vnd.elasticsearch+json; compatible-with=9`, and an answer with the header `X-Elastic-Product`.
What we ask is the same in both products and in all versions that we know, so `Door` sends plain JSON, and
lets an OpenSearch pass that says of itself that it is one. Anything else is refused, as the client does.

Source:
    Elasticsearch reference, "REST API compatibility"; elastic_transport, `Transport` (the `transport_class`
    of a client is its documented extension point); OpenSearch, `GET /` (`version.distribution`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from elastic_transport import (
    ConnectionError as NotReached,
)
from elastic_transport import (
    ConnectionTimeout,
    HttpHeaders,
    Transport,
    TransportApiResponse,
    TransportError,
)
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import ScanError

from archive.errors import ConfigurationError, IndexBusy, IndexUnavailable
from archive.settings import ElasticsearchSettings

ANSWER_SECONDS: Final = 60.0
"""How long an answer may take; a bulk of `search.elastic.writer.BULK_BYTES` takes a second."""
CONNECTIONS: Final = 10

_VENDOR: Final = re.compile(r"application/vnd\.elasticsearch\+([a-z-]+);\s*compatible-with=\d+")
_PRODUCT: Final = "x-elastic-product"
_TOO_MANY: Final = 429
_REFUSED: Final = frozenset({401, 403})
_NOT_READY: Final = 503
_BLOCKED: Final = "cluster_block_exception"
_ABSENT: Final = "index_not_found_exception"


class Door(Transport):
    """The transport of the client: plain JSON out, and both products let in."""

    _is_opensearch = False

    def perform_request(
        self, method: str, target: str, *, headers: Any = None, **options: Any
    ) -> TransportApiResponse:
        """Perform a request; see `Transport.perform_request`.

        Raises:
            ConfigurationError: What answers is neither Elasticsearch nor OpenSearch.
        """
        plain = _plain(headers or {})
        said = super().perform_request(method, target, headers=plain, **options)
        succeeded = said.meta.status in range(200, 300)
        if not succeeded or _PRODUCT in said.meta.headers:
            return said
        if not self._is_opensearch:
            node = said.meta.node
            self._require_opensearch(f"{node.scheme}://{node.host}:{node.port}", plain)
        known = HttpHeaders({**said.meta.headers, _PRODUCT: "Elasticsearch"})
        return TransportApiResponse(replace(said.meta, headers=known), said.body)

    def _require_opensearch(self, url: str, headers: dict[str, str]) -> None:
        own = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        said = super().perform_request("GET", "/", headers=own | {"accept": "application/json"})
        version = said.body.get("version") if isinstance(said.body, dict) else None
        if not isinstance(version, dict) or version.get("distribution") != "opensearch":
            raise ConfigurationError(
                f"[index] urls: {url} answers, but is neither Elasticsearch nor OpenSearch "
                f"(HTTP {said.meta.status} to GET /; our user needs cluster:monitor/main)"
            )
        self._is_opensearch = True


def connect(settings: ElasticsearchSettings) -> Elasticsearch:
    """Return a client of the cluster; nothing is asked of it yet.

    Only the addresses of the settings are ever connected to: nodes are not discovered.

    Raises:
        ConfigurationError: The settings contradict each other, or the certificate file cannot be read.
    """
    password, api_key = settings.password.get_secret_value(), settings.api_key.get_secret_value()
    options: dict[str, Any] = {}
    if api_key and settings.user:
        raise ConfigurationError("[index] has a user and an api_key: one of them")
    if api_key:
        options["api_key"] = api_key
    elif settings.user:
        options["basic_auth"] = (settings.user, password)
    if settings.ca_file:
        if not Path(settings.ca_file).is_file():
            raise ConfigurationError(f"[index] ca_file: {settings.ca_file} cannot be read")
        options["ca_certs"] = settings.ca_file
    if any("@" in url for url in settings.urls):
        raise ConfigurationError("[index] urls: user and password have settings of their own")
    try:
        return Elasticsearch(
            list(settings.urls),
            transport_class=Door,
            connections_per_node=CONNECTIONS,
            request_timeout=ANSWER_SECONDS,
            max_retries=len(settings.urls) - 1,  # the next node; the same one is not asked twice
            retry_on_status=(502, 503, 504),
            retry_on_timeout=False,
            meta_header=False,
            **options,
        )
    except (ValueError, OSError) as cause:
        raise ConfigurationError(f"[index]: {cause}") from cause


class Absent(IndexUnavailable):
    """The alias leads nowhere."""


@contextmanager
def mended(name: str) -> Iterator[None]:
    """Turn whatever the client throws into errors of ours.

    Args:
        name: Alias of the index, for the message.

    Raises:
        IndexBusy: The cluster takes no writes now, and can be asked: its disks are full, it is overloaded.
        IndexUnavailable: Everything else; `Absent` where there is no such index.
    """
    try:
        yield
    except ApiError as cause:
        raise refusal(name, cause.meta.status, cause.body) from cause
    except ConnectionTimeout as cause:
        raise IndexUnavailable(f"{_cluster(name)} did not answer in time. {_LATER}") from cause
    except NotReached as cause:
        raise IndexUnavailable(f"{_cluster(name)} cannot be reached ({_short(cause)}). {_LATER}") from cause
    except (TransportError, ScanError) as cause:
        raise IndexUnavailable(
            f"{_cluster(name)} gave no usable answer ({_short(cause)}). {_LATER}"
        ) from cause


def refusal(name: str, status: int, body: object) -> IndexUnavailable:
    """Return the error for an answer that is one, of a request or of a part of it."""
    kind, reason = _said(body)
    if kind == _BLOCKED:
        return IndexBusy(
            f"{_cluster(name)} takes no writes ({reason}): usually its disks are nearly full. What it holds "
            "can be searched; once the block is lifted the index follows by itself"
        )
    if status == _TOO_MANY:
        return IndexBusy(f"{_cluster(name)} is overloaded ({kind or status}). {_LATER}")
    if status in _REFUSED:
        return IndexUnavailable(
            f"{_cluster(name)} refuses us (HTTP {status}, {kind}): mend [index] user, password or api_key, "
            "or what they may do (docs/engines/search.md)"
        )
    if kind == _ABSENT:
        return Absent(
            f"The search index {name} is not in the cluster: it was deleted or its alias was moved. Nothing "
            "kept is lost: run `longeva rebuild`"
        )
    if status == _NOT_READY:
        return IndexUnavailable(f"{_cluster(name)} is not ready ({kind}: {reason}). {_LATER}")
    return IndexUnavailable(
        f"{_cluster(name)} cannot do what we ask (HTTP {status}, {kind}: {reason}). {_LATER}"
    )


_LATER: Final = (
    "Nothing kept is lost, and the index follows once it answers again; if lost for good, `longeva rebuild`"
)


def _cluster(name: str) -> str:
    return f"The cluster of the search index {name}"


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: _VENDOR.sub(r"application/\1", str(value)) for name, value in headers.items()}


def _said(body: object) -> tuple[str, str]:
    """Return kind and reason of an error; the root cause says more than what it led to."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return "", str(error)[:200]
    roots = error.get("root_cause") or [error]
    root = roots[0] if isinstance(roots[0], Mapping) else error
    return str(root.get("type", "")), str(root.get("reason", ""))[:200]


def _short(cause: Exception) -> str:
    return str(cause)[:200]

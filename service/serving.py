# SPDX-License-Identifier: EUPL-1.2
"""The web application over one archive, and the operator's beside it."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.clock import SystemClock
from archive.home import Home
from archive.settings import load_settings
from archive.terminal import DEFAULT_HOME
from archive.web.app import WebSettings, create_app
from archive.web.awaiting import AWAITING
from archive.web.metrics import Metrics
from archive.web.people import BLUEPRINTS as PEOPLE
from archive.web.serving import Listener
from archive.web.watching import Readiness, operator_application
from ingest.api import BLUEPRINTS as DEPOSITING
from ingest.web import BLUEPRINTS as DEPOSITS
from ingest.web import deposits_awaiting
from preservation.web import BLUEPRINTS as EVIDENCE
from search.index import Index
from search.indexer import open_index
from search.web.copy_pages import BLUEPRINTS as COPIES
from search.web.finding import INDEX
from search.web.finding_places import blueprint as finding
from search.web.pages_of_records import blueprint as records
from search.web.start import blueprint as start
from search.web.verification import blueprint as verification
from search.web.verification_desk import blueprint as verification_desk
from search.web.verification_desk import verifications_awaiting
from service.identity import behind_proxies, identity_services
from service.machines import BLUEPRINTS as MACHINES
from service.machines import machine_services
from service.watch import Watch

if TYPE_CHECKING:
    from flask import Flask

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is served; port 0 takes a free one, and for the operator means not at all."""

    host: str
    port: int


def application(
    home_path: Path | None, base_url: str, metrics: Metrics | None = None, ready: Readiness | None = None
) -> Flask:
    """Return the web application over the archive at `home_path` (or LONGEVA_HOME).

    Raises:
        NotFound: No home is there; for the rest see `Home.open`.
    """
    path = home_path or Path(os.environ.get("LONGEVA_HOME", DEFAULT_HOME))
    home = Home.open(path, SystemClock())
    settings = load_settings(home.path)
    services = {INDEX: open_index(home), **identity_services(home, settings, base_url)}
    services[AWAITING] = [deposits_awaiting, verifications_awaiting]
    services |= machine_services(home, services[INDEX], base_url)
    app = create_app(
        lambda: home,
        [start, verification, finding, records, *DEPOSITS, *PEOPLE, *EVIDENCE, *COPIES, verification_desk,
         *DEPOSITING, *MACHINES],
        WebSettings(base_url), services=services, metrics=metrics, ready=ready,
    )  # fmt: skip
    app.wsgi_app = behind_proxies(app.wsgi_app, settings)  # type: ignore[method-assign]
    return app


def serve_archive(
    path: Path, base_url: str, pages: Address, operator: Address, *, threads: int, stop: threading.Event
) -> bool:
    """Serve the pages, and the operator's address where it has a port, until `stop` is set.

    Returns:
        Whether every request that came in was answered.

    Raises:
        InvalidRequest: An address cannot be used; for the rest see `Home.open`.
    """
    watch = Watch(lambda: _opened(path))
    metrics = Metrics(watch.gauges)
    listener = Listener(
        application(path, base_url, metrics, watch.ready), pages.host, pages.port, threads=threads
    )
    beside: threading.Thread | None = None
    if operator.port:
        told = Listener(operator_application(metrics, watch.ready), operator.host, operator.port, threads=2)
        beside = threading.Thread(target=told.run, args=(stop,), kwargs={"grace": 1.0}, daemon=True)
        beside.start()
    watch.start()
    _log.info("serving.started", extra={"port": listener.port, "operator_port": operator.port})
    finished = listener.run(stop)
    watch.stop()
    if beside:
        beside.join(timeout=5)
    _log.info("serving.ended", extra={"finished": finished})
    return finished


def _opened(path: Path) -> tuple[Home, Index]:
    home = Home.open(path, SystemClock())
    try:
        return home, open_index(home)
    except BaseException:
        home.close()
        raise

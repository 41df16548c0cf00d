# SPDX-License-Identifier: EUPL-1.2
"""What an archive has, what is due and how far behind each part is, as gauges for Prometheus.

Reads whole tables, so it is done now and then by one thread (`service.watch`), never while somebody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from archive.catalog import INSTALLATION
from archive.errors import LongevaError
from archive.healing import store_states
from archive.home import Home
from archive.web.metrics import Gauge
from archive.web.watching import EngineState
from preservation.audit.history import past_audits
from preservation.evidence.waiting import queues
from preservation.installation import strength, trust_store
from preservation.renewal.ends import due_from, ends_of
from preservation.renewal.falls import Work
from preservation.renewal.forecast import forecast
from search.index import Index
from search.indexer import behind


def gauges(home: Home, index: Index) -> list[Gauge]:
    """Return every gauge that can be told now; a part that fails hides no other."""
    found: list[Gauge] = []
    now = home.clock.now()
    parts: list[Callable[[], Iterator[Gauge]]] = [
        lambda: _holdings(home, now),
        lambda: _sealing(home, now),
        lambda: _time_stamps(home, now),
        lambda: _renewal(home, now),
        lambda: _falling(home, now),
        lambda: _index(home, index),
        lambda: _stores(home),
        lambda: _audits(home, now),
    ]
    for part in parts:
        try:
            found += part()
        except LongevaError:  # the state of its engine tells it (`longeva_engine_up`)
            continue
    return found


def engine_gauges(states: list[EngineState]) -> Iterator[Gauge]:
    """Tell which engines answer."""
    up = {each.engine: float(each.ok) for each in states}
    yield Gauge("engine_up", "1 where the engine answers.", up, "engine")


def _holdings(home: Home, now: datetime) -> Iterator[Gauge]:
    with home.catalog.reading(INSTALLATION) as tx:
        totals = tx.totals()
    yield Gauge.of("objects", "Objects kept.", totals.objects)
    yield Gauge.of("files", "Files of their newest versions.", totals.files)
    yield Gauge.of("bytes", "Bytes of these files.", totals.bytes)
    deposits = {state: float(count) for state, count in totals.deposits.items()}
    yield Gauge("deposits", "Deposits by what became of them.", deposits, "state")
    yield Gauge.of("unsealed_objects", "Objects that no evidence covers yet.", totals.unsealed)
    yield Gauge.of("unsealed_oldest_seconds", "Age of the oldest of them.", _age(totals.unsealed_since, now))
    queued = {state: float(count) for state, count in totals.queued.items()}
    yield Gauge("queue_deposits", "Deposits that wait, by state.", queued, "state")
    yield Gauge.of("queue_oldest_seconds", "Age of the oldest of them.", _age(totals.queued_since, now))
    yield Gauge.of("ledger_position", "Last event of all ledgers.", totals.position)


def _sealing(home: Home, now: datetime) -> Iterator[Gauge]:
    found = queues(home, now)
    for name, words, values in (
        ("seal_wait_seconds", "Age of the oldest object without evidence.", [each.age for each in found]),
        (
            "seal_interval_seconds",
            "How long an object may wait for it, as its policy says.",
            [float(each.policy.interval) for each in found],
        ),
        (
            "seal_overdue_objects",
            "Objects that wait where the oldest waits longer than it may.",
            [float(each.count) if each.overdue else 0.0 for each in found],
        ),
    ):
        yield Gauge(name, words, dict(zip((each.tenant_id for each in found), values, strict=True)), "tenant")


def _time_stamps(home: Home, now: datetime) -> Iterator[Gauge]:
    with home.catalog.reading(INSTALLATION) as tx:
        had, missed = tx.tokens_had(), tx.tokens_missed(now - _DAY)
    tokens = {name: float(count) for name, count in had.items()}
    yield Gauge("time_stamps", "Tokens of evidence had since ever.", tokens, "authority")
    failed = {name: float(missed.get(name, 0)) for name in had | missed}
    yield Gauge(
        "time_stamps_missed",
        "Batches of the last day that it was asked to stamp and did not.",
        failed,
        "authority",
    )


def _renewal(home: Home, now: datetime) -> Iterator[Gauge]:
    trust, table = trust_store(home, now), strength(home)
    before = timedelta(days=home.engines.settings.evidence.renew_before)
    with home.catalog.reading(INSTALLATION) as tx:
        samples = [each.sample for each in tx.standing()]
    due = [due_from(end, each.sealed_at, before) for each in samples for end in ends_of(each, trust, table)]
    instants = [each.timestamp() for each in due if each is not None]
    if instants:
        words = "When the next evidence must be renewed."
        yield Gauge.of("renewal_due_timestamp_seconds", words, min(instants))


def _falling(home: Home, now: datetime) -> Iterator[Gauge]:
    falls = forecast(home, now).falls
    within = {
        str(days): float(
            sum(fall.records for fall in falls if fall.tokens and fall.due_at <= now + timedelta(days=days))
        )
        for days in _WINDOWS
    }
    yield Gauge("renewal_due_records", "Records to be renewed within so many days.", within, "days")
    lost = sum(fall.records for fall in falls if fall.work is Work.LOST)
    yield Gauge.of("evidence_lost_records", "Records whose evidence ended without being renewed.", lost)


def _index(home: Home, index: Index) -> Iterator[Gauge]:
    yield Gauge.of("index_lag_events", "Events that the index has not followed yet.", behind(home, index))


def _stores(home: Home) -> Iterator[Gauge]:
    states = store_states(home)
    lag = {each.name: float(each.lag) for each in states if not each.failure}
    yield Gauge("store_lag_events", "Events up to which the store was not compared yet.", lag, "store")


def _audits(home: Home, now: datetime) -> Iterator[Gauge]:
    ages: dict[str, float] = {}
    problems: dict[str, float] = {}
    for number, past in enumerate(past_audits(home)):
        kind = past.kind.removeprefix("audit.")
        if kind not in ages:
            ages[kind] = _age(past.at, now)
            problems[kind] = float(sum(past.problems.values()))
        if number >= _LOOKED_AT or len(ages) == _KINDS:
            break
    yield Gauge("audit_age_seconds", "Since the last audit of a kind.", ages, "kind")
    yield Gauge("audit_problems", "What that audit found.", problems, "kind")


_DAY = timedelta(days=1)
_WINDOWS = (30, 90, 365)
_KINDS = 3
_LOOKED_AT = 1_000
"""Events of audits looked at to find the last of each kind."""


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0

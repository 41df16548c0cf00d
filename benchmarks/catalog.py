# SPDX-License-Identifier: EUPL-1.2
"""How fast do rows go into the catalogue on PostgreSQL? Against executemany and a raw COPY in the same run.

    PYTHONPATH=tests/support python -m benchmarks.catalog [ROWS]

Rows of `files` (9 columns, one key), in a PostgreSQL of its own on this machine. `ours` goes through the
rules of row-level security as the application; `ours, as the owner` straight in, as moving and rebuilding do.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from postgres_server import PostgresServer
from sqlalchemy import Connection, insert, text

from archive.catalog import INSTALLATION, Catalog
from archive.catalog.bulk import insert_all
from archive.catalog.tables import files
from archive.clock import SystemClock
from archive.digests import digest_bytes
from archive.model import ObjectKind, ObjectRecord, Tenant

ROUNDS = 3
Way = Callable[[Connection, int], None]


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Yield rows of `files` of the only object."""
    digests = digest_bytes(b"x")
    for position in range(count):
        yield {
            "object_no": 1, "position": position, "path": f"received/{position:09d}.xml", "role": "document",
            "sha256": digests.sha256, "sha512": digests.sha512, "size": position,
            "eni_id": f"ES_L01990019_2025_{position:030d}", "media_type": "application/xml",
        }  # fmt: skip


def by_executemany(connection: Connection, count: int) -> None:
    """As SQLAlchemy does it, a thousand at a time."""
    made = list(rows(count))
    for start in range(0, count, 1000):
        connection.execute(insert(files), made[start : start + 1000])


def by_raw_copy(connection: Connection, count: int) -> None:
    """As fast as the driver copies, with nothing between."""
    driver: Any = connection.connection.driver_connection
    names = list(next(rows(1)))
    raw = [
        [bytes.fromhex(value) if name.startswith("sha") else value for name, value in row.items()]
        for row in rows(count)
    ]
    with driver.cursor() as cursor, cursor.copy(f"COPY files ({', '.join(names)}) FROM STDIN") as copy:
        for row in raw:
            copy.write_row(row)


def ours(connection: Connection, count: int) -> None:
    """As the catalogue does it."""
    insert_all(connection, files, rows(count))


def measure(catalog: Catalog, way: Way, count: int) -> float:
    """Return the rows a second of one way, the middle of some rounds; nothing of them stays."""
    taken = []
    for _ in range(ROUNDS):
        with catalog.transaction(INSTALLATION) as tx:
            start = perf_counter()
            way(tx._connection, count)  # noqa: SLF001 - what is measured lies behind the curtain
            taken.append(perf_counter() - start)
            tx._connection.execute(text("DELETE FROM files"))  # noqa: SLF001
    return count / statistics.median(taken)


def main() -> None:
    """Measure and print JSON."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    server = PostgresServer()
    try:
        with server.database() as database:
            application = Catalog.open(database.url, owner=database.owner_url)
            owner = Catalog.open(database.owner_url)
            now = SystemClock().now()
            with application.transaction(INSTALLATION) as tx:
                tx.add_tenant(Tenant("villa", "Villa", "L01990019", now))
                tx.add_object(
                    ObjectRecord("urn:longeva:villa:x", "villa", ObjectKind.DOCUMENT, "x", "x", 1, "x", now)
                )
            told = {
                "rows": count,
                "executemany, as the application": measure(application, by_executemany, count),
                "ours, as the application": measure(application, ours, count),
                "ours, as the owner": measure(owner, ours, count),
                "raw COPY, as the owner": measure(owner, by_raw_copy, count),
            }
            application.close()
            owner.close()
    finally:
        server.remove()
    print(json.dumps({name: round(value) for name, value in told.items()}, indent=2))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: EUPL-1.2
"""Two folders and a bucket of a real S3 service as three copies: away, emptied, corrupted, healed."""

from __future__ import annotations

import time

import pytest
from copies_to_order import NOW, contents, empty, flaws, keep, reopen

from archive.clock import FixedClock
from archive.healing import heal, heal_due, store_states
from archive.home import Home
from preservation.audit.run import audit

pytestmark = pytest.mark.engines


@pytest.fixture
def home(tmp_path, rgw):
    """A home over folder `a`, folder `b` and bucket `c`."""
    bucket = rgw.settings(rgw.bucket())
    lines = [f'[stores.{name}]\nkind = "folder"\npath = "{tmp_path / name}"\n' for name in "ab"]
    lines.append(
        f'[stores.c]\nkind = "s3"\nbucket = "{bucket.bucket}"\nprefix = "archive/"\n'
        f'endpoint = "{bucket.endpoint}"\naccess_key = "{bucket.access_key}"\n'
        f'secret_key = "{bucket.secret_key.get_secret_value()}"\n'
    )
    path = tmp_path / "home"
    path.mkdir()
    (path / "longeva.toml").write_text("".join(lines))
    made = Home.create(path, FixedClock(NOW))
    made.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
    yield made
    made.close()


def bare(home):
    """The three stores themselves."""
    return [member.bare for member in home.engines.open_store().members]


def require_whole(home):
    """Every copy by itself is a complete archive, and all are the same."""
    copies = bare(home)
    assert [flaws(copy) for copy in copies] == [[], [], []]
    assert all(contents(copy) == contents(copies[0]) for copy in copies)


def test_a_bucket_that_was_away_has_everything_again(home, rgw):
    """Deposits go on without the service, not slowed by it each time; healed, the bucket is a whole archive."""
    keep(home, "before")
    require_whole(home)
    rgw.stop_gateway()
    try:
        keep(home, "first-without")
        begun = time.monotonic()
        kept = [keep(home, f"without-{number}") for number in range(5)]
        slowest = time.monotonic() - begun
        assert heal_due(home).failed.keys() == {"c"}
    finally:
        rgw.start_gateway()
    assert slowest < 20
    home = reopen(home)
    assert heal_due(home).copied["c"] > 5 * 5
    require_whole(home)
    heal_due(home)
    assert [each.state for each in store_states(home)] == ["whole"] * 3
    assert all(list(home.objects("villa").read_verified(each, "received/one.xml")) for each in kept)


def test_a_folder_is_filled_from_bucket_and_folder(home, tmp_path):
    """An emptied disk, and one that rotted, are healed from whichever copy is right; audits challenge all."""
    kept = [keep(home, f"kept-{number}") for number in range(4)]
    key = home.objects("villa").locate(kept[0], "received/one.xml")
    (tmp_path / "b" / key).write_bytes(b"rot")
    empty(tmp_path / "a")
    home = reopen(home)
    assert heal(home, thorough=True).repaired == 1
    require_whole(home)
    assert not [each for each in audit(home).problems if "COPY" in each.kind]


def test_other_bytes_in_a_bucket_are_found_and_mended(home, rgw):
    """Somebody with the key of the service wrote over a file: the audit names the copy and mends it."""
    kept = keep(home, "kept")
    key = home.objects("villa").locate(kept, "received/one.xml")
    bucket = home.engines.settings.stores["c"]
    rgw.client().put_object(Bucket=bucket.bucket, Key=bucket.prefix + key, Body=b"other bytes")
    report = audit(home, repair=True)
    assert [each.kind for each in report.problems if "COPY" in each.kind] == ["AUDIT-COPY-HEALED"]
    require_whole(home)

# SPDX-License-Identifier: EUPL-1.2
"""What the operator asks, over PostgreSQL and a real S3 service: is all well, what is not, and what is in the copy."""

from __future__ import annotations

import pytest
from terminal import longeva

from archive.clock import SystemClock
from archive.home import Home
from search.indexer import open_index
from service.engine_states import EngineStates
from service.gauges import gauges

pytestmark = pytest.mark.engines


def found(home):
    ran = longeva("config", "check", "--home", home, "--json")
    return ran.code, {each["subject"]: each for each in ran.json["found"]}


@pytest.fixture
def home(tmp_path, rgw, postgres):
    """An archive on PostgreSQL with a folder and a locked bucket, and a municipality."""
    bucket = rgw.settings(rgw.bucket("COMPLIANCE", 1))
    path = tmp_path / "home"
    path.mkdir()
    with postgres.database() as database:
        (path / "longeva.toml").write_text(
            f"""
            [stores.disk]
            kind = "folder"
            [stores.bucket]
            kind = "s3"
            bucket = "{bucket.bucket}"
            endpoint = "{bucket.endpoint}"
            access_key = "{bucket.access_key}"
            secret_key = "{bucket.secret_key.get_secret_value()}"
            lock = {{ mode = "compliance", days = 1 }}
            [copies]
            quorum = 1
            [catalog]
            url = "{database.url}"
            owner_url = "{database.owner_url}"
            """,
            "utf-8",
        )
        (path / "longeva.toml").chmod(0o600)
        for command in (["init"], ["tenant", "add", "villa", "--name", "Villa", "--dir3", "L01990019"]):
            ran = longeva(*command, "--home", path)
            assert ran.code == 0, ran.err
        assert longeva("store", "heal", "--home", path).code == 0
        yield path


def test_what_is_well_and_what_is_not_is_told_of_each_engine(home, rgw, postgres, tmp_path):
    """All there: the lock is proven, the role is held by row-level security. Then the gateway goes, then the server."""
    code, rows = found(home)
    assert code == 0, rows
    assert "it locks: COMPLIANCE, 1 days" in rows["store bucket"]["words"]
    assert rows["catalogue"]["words"].startswith("PostgreSQL ")
    assert rows["tenants"]["state"] == rows["clock of the catalogue"]["state"] == "ok"
    with Home.open(home, SystemClock()) as opened:
        index = open_index(opened)
        engines = EngineStates(opened, index)
        assert all(state.ok for state in engines.now())
        told = {gauge.name: gauge.values for gauge in gauges(opened, index)}
        assert told["store_lag_events"].keys() == {"disk", "bucket"}
        assert told["ledger_position"][""] > 0

        copied = longeva("backup", tmp_path / "copy", "--home", home, "--json")
        assert copied.code == 0
        assert copied.json["heads"]["longeva"] > 0

        rgw.stop_gateway()
        try:
            failed = {state.engine for state in engines.now() if not state.ok}
            assert failed == {"store bucket"}
            code, rows = found(home)
            assert rows["store bucket"]["state"] == "failed"
            assert rows["store disk"]["state"] == rows["catalogue"]["state"] == "ok"
            assert rows["copies"]["state"] == "warning"
            assert code == 1
        finally:
            rgw.start_gateway()
        postgres.stop()
        try:
            failed = {state.engine for state in engines.now() if not state.ok}
            assert failed == {"catalogue"}
            code, rows = found(home)
            assert (code, rows["catalogue"]["state"], rows["store disk"]["state"]) == (1, "failed", "ok")
        finally:
            postgres.start()
        assert found(home)[0] == 0

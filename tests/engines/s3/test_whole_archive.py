# SPDX-License-Identifier: EUPL-1.2
"""A whole archive in a locked bucket of a real service: deposit, audit, rebuild, and what they cost."""

from __future__ import annotations

import json
from collections import Counter
from urllib.parse import unquote, urlsplit

import pytest
from s3_stores import counted
from terminal import longeva

from archive.clock import SystemClock
from archive.home import Home
from archive.settings import LockSettings
from demo.expediente import build_expediente
from ingest.deposit import deposit
from preservation.audit.run import audit
from preservation.installation import development_authority

pytestmark = pytest.mark.engines


@pytest.fixture
def place(rgw, tmp_path):
    """A home whose only store is a locked bucket, reached over TLS."""
    s3 = rgw.settings(rgw.bucket("COMPLIANCE"), tls=True, lock=LockSettings(mode="compliance", days=1))
    told = s3.model_dump(exclude={"lock", "secret_key", "draining", "connections"})
    told["secret_key"] = s3.secret_key.get_secret_value()
    lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
    home = tmp_path / "home"
    home.mkdir()
    (home / "longeva.toml").write_text(
        "\n".join(["[stores.main]", *lines, 'lock = { mode = "compliance", days = 1 }', ""]), "utf-8"
    )
    return home


@pytest.fixture
def package(tmp_path, authority):
    return build_expediente(tmp_path / "package", authority, recording_megabytes=1)


def test_a_deposit_costs_few_requests_and_an_audit_one_a_file(place, package):
    """Five writes more than files, ledger included, and four that read; an audit asks no HEAD."""
    with Home.create(place, SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
        with counted(home.store) as seen:
            (done,) = deposit(home, "villa", [package.zip_path], seal=None)
        inventory = home.objects("villa").inventory(done.receipt["object"])
        content = len(inventory.manifest)
        # Content, declaration, sidecar, inventory; segment and head of the ledger. Listed when it begins and
        # when it is committed; the inventory read back, and a look whether the segment's key is free.
        assert seen == {"PutObject": content + 3 + 2, "ListObjectsV2": 2, "GetObject": 2}
        keys = set(home.objects("villa").content_keys(inventory).values())
        asked: Counter[tuple[str, str]] = Counter()

        def note(request, event_name, **_):
            key = unquote(urlsplit(request.url).path).partition("/archive/")[2]
            asked[event_name.rpartition(".")[2], key] += 1

        events = home.store._bucket.client.meta.events
        events.register_first("before-send.s3", note)
        assert audit(home).problems == ()
        events.unregister("before-send.s3", note)
        for key, _ in keys:
            assert asked["HeadObject", key] == 0
            # The record is also held against the catalogue.
            assert asked["GetObject", key] == (2 if key.endswith("/metadata/deposit.json") else 1)


def test_the_commands_work_on_a_bucket_as_on_a_folder(place, package, tmp_path):
    """From init to rebuild; `store check` says yes; `fsck` finds nothing to say."""

    def done(*arguments):
        ran = longeva(*arguments, "--home", place, "--json")
        assert ran.code == 0, (arguments, ran.out, ran.err)
        return ran.json

    done("init")
    done("tenant", "add", "villa", "--name", "Ayuntamiento de Villa", "--dir3", "L01990019")
    checks = {each["name"]: each["holds"] for each in done("store", "check")["stores"][0]["checks"]}
    assert {name for name, holds in checks.items() if holds is False} == {"conditional", "sha256-refused"}
    (receipt,) = done("deposit", package.zip_path, "--tenant", "villa")["receipts"]
    done("evidence", "seal")
    done("audit", "--all")
    assert done("fsck")["problems"] == []
    (place / "catalog.sqlite3").unlink()
    done("rebuild")
    assert done("show", receipt["object"])
    done("get", receipt["object"], f"received/{package.index_name}", "-o", tmp_path / "index.xml")
    assert (tmp_path / "index.xml").read_bytes() == (package.folder / package.index_name).read_bytes()
    assert done("fsck")["problems"] == []


def test_nothing_is_written_twice_by_a_deposit_that_is_repeated(place, package, rgw):
    """The same package again finds everything there: no key of the object has a second version."""
    with Home.create(place, SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
        development_authority(home)
        for _ in range(2):
            deposit(home, "villa", [package.zip_path], seal=None)
        bucket = home.store._bucket.name
    pages = rgw.client().get_paginator("list_object_versions").paginate(Bucket=bucket)
    versions = Counter(each["Key"] for page in pages for each in page.get("Versions", ()))
    assert {key for key, count in versions.items() if count > 1 and "/ocfl/" in key} == set()

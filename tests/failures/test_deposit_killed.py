# SPDX-License-Identifier: EUPL-1.2
"""kill -9 at every step of a deposit that touches the disk; the steps are found by Python's audit hook."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event

from archive.clock import SystemClock
from archive.fsck import check_root
from archive.home import Home
from archive.journal import verify_journal
from archive.material import check_material, missing_material
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation.installation import archive_seal, development_authority

TOUCHES = {"os.rename", "os.remove", "os.mkdir", "os.link", "os.truncate", "os.rmdir"}


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A home with a tenant and an authority, to be copied for each death."""
    path = tmp_path_factory.mktemp("template") / "home"
    with Home.create(path, SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        archive_seal(home)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """An expediente of three small documents."""
    return plain_package(tmp_path_factory.mktemp("in") / "paquete", 3, 2_000, seed=7).folder


def die_at(step: int, path: Path, package: Path) -> bool:
    """Deposit in a child that kills itself before its nth touch of the disk; tell whether it got to the end."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count() -> None:
            nonlocal seen
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

        def hook(name: str, arguments: tuple) -> None:
            opened_to_write = name == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
            if name in TOUCHES or opened_to_write:
                count()

        with Home.open(path, SystemClock()) as home:
            sqlalchemy_event.listen(home.catalog._engine, "commit", lambda _: count())
            sys.addaudithook(hook)
            deposit(home, "villa", [package], seal=None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def settle(path: Path, package: Path) -> dict:
    """Deposit again after a death and check that the archive is whole and holds the package once."""
    with Home.open(path, SystemClock()) as home:
        receipt = deposit(home, "villa", [package], seal=None)[0].receipt
        home.objects("villa").sweep()
        assert list(check_root(home.store, "tenants/villa/ocfl/")) == []
        assert verify_journal(home.store, "villa") == []
        with home.catalog.reading() as tx:
            assert [each.object_id for each in tx.objects("villa")] == [receipt["object"]]
            stored = [each for each in tx.tenant_events("villa") if each.kind == "object.stored"]
            assert [each.subject for each in stored] == [receipt["object"]]
            assert tx.deposit(receipt["deposit"]).receipt == receipt
    return receipt


def run(step: int, template: Path, package: Path, tmp_path: Path) -> tuple[bool, dict]:
    path = tmp_path / "home"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(template, path)
    return die_at(step, path, package), settle(path, package)


@pytest.mark.parametrize("offset", range(4))
def test_a_deposit_killed_at_any_step_is_whole_when_repeated(template, package, tmp_path, offset):
    """Whatever the instant of death, the same package again gives one object, one event, one receipt."""
    step, digests, finished = 1 + offset, set(), False
    while not finished:
        finished, receipt = run(step, template, package, tmp_path)
        digests.add((receipt["object"], str(receipt["digests"])))
        step += 8  # the four runs meet different steps; `-m slow` meets every one
    assert len(digests) == 1
    assert step > 20, "the hook met fewer steps than a deposit has: it no longer sees the disk being touched"


@pytest.mark.slow
def test_a_deposit_killed_at_every_single_step_is_whole_when_repeated(template, package, tmp_path):
    """The same, without leaving out a step."""
    step, finished = 1, False
    while not finished:
        finished, _ = run(step, template, package, tmp_path)
        step += 1


def material_is_whole(path: Path) -> int:
    """Check that no object that an inventory speaks of lacks its material; return how many pieces are named."""
    named = 0
    with Home.open_store(path, SystemClock()) as home:
        sound = {digest for digest, problem in check_material(home.store) if problem is None}
        objects = home.objects_under("tenants/villa/ocfl/")
        for inventory in objects.inventories():
            pieces = objects.material(inventory)
            named += len(pieces)
            assert list(missing_material(pieces, sound, inventory.object_id)) == []
    return named


@pytest.fixture(scope="module")
def signed_package(template, tmp_path_factory) -> Path:
    """An expediente whose index the development authority's seal signed: its verdict needs material."""
    with Home.open(template, SystemClock()) as home:
        authority = development_authority(home)
        return plain_package(
            tmp_path_factory.mktemp("in") / "firmado", 2, 2_000, seed=8, authority=authority
        ).folder


@pytest.mark.parametrize("offset", range(3))
def test_a_deposit_killed_at_any_step_leaves_no_object_without_its_material(
    template, signed_package, tmp_path, offset
):
    """Material is durable before the inventory that names it, and so before any row and receipt."""
    step, finished, met = 1 + offset, False, set()
    while not finished:
        path = tmp_path / "home"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(template, path)
        finished = die_at(step, path, signed_package)
        met.add(material_is_whole(path) > 0)
        receipt = settle(path, signed_package)
        assert receipt["state"] == "ACCEPTED"
        assert material_is_whole(path) >= 2
        step += 6
    assert met == {True, False}, "no death before the object, or none after it: nothing was tried"

# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from terminal import longeva, problem, process

from archive.errors import NotAvailable
from demo.journey import Journey


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The whole demo with a small recording, as a process of its own."""
    home = tmp_path_factory.mktemp("demo") / "run"
    ran = process("demo", "--recording", 1, "--home", home, "--json")
    assert (ran.code, ran.err) == (0, "")
    return home, ran.json


def test_every_artefact_is_where_it_says(told):
    """Each path exists; the steps are the main job's."""
    home, body = told
    assert len(body["steps"]) == 13
    assert all(step["step"] and step["proved"] for step in body["steps"])
    assert body["artefacts"]["home"] == str(home)
    assert {"package", "receipt", "certified copy", "evidence kit", "authority"} <= body["artefacts"].keys()
    assert all(Path(path).exists() for path in body["artefacts"].values())
    assert body["csv"]


def test_its_archive_can_be_looked_at_with_the_other_commands(told):
    """The receipt's object is shown, the CSV verifies, the audit is clean."""
    home, body = told
    receipt = json.loads(Path(body["artefacts"]["receipt"]).read_text())
    assert longeva("show", receipt["object"], "--home", home).code == 0
    assert longeva("verify", body["csv"], "--home", home).code == 0
    # Without the openssl command a kit's token is left unverified, which is said and is no success.
    proven = shutil.which("openssl") is not None
    assert longeva("verify", body["artefacts"]["evidence kit"], "--home", home).code == (0 if proven else 1)
    assert longeva("audit", "--all", "--home", home).code == 0


def test_a_former_demo_is_replaced(told, tmp_path, monkeypatch):
    """What the demo made itself, and nobody else, it may throw away."""
    home = tmp_path / "run"
    shutil.copytree(told[0], home)
    (home / "demo" / "apunte.txt").write_text("x")

    def stopped(_: object) -> None:
        raise NotAvailable("stopped here")

    monkeypatch.setattr(Journey, "steps", stopped)
    problem(longeva("demo", "--home", home, "--json"), "not-available", 3)
    assert not (home / "demo" / "apunte.txt").exists()


def test_it_never_replaces_what_is_not_a_demo(changing, tmp_path):
    """A real archive and somebody's folder are refused, also where they hold a folder that is called demo."""
    (tmp_path / "carta.txt").write_text("x")
    problem(longeva("demo", "--home", tmp_path, "--json"), "conflict", 30)
    problem(longeva("demo", "--home", changing.home, "--json"), "conflict", 30)
    (tmp_path / "demo").mkdir()
    (changing.home / "demo").mkdir()
    for folder in (tmp_path, changing.home):
        problem(longeva("demo", "--home", folder, "--json"), "conflict", 30)
    assert (changing.home / "longeva.json").exists()
    assert (tmp_path / "carta.txt").exists()
    problem(longeva("demo", "--home", tmp_path / "carta.txt", "--json"), "conflict", 30)
    problem(longeva("demo", "--recording", 0, "--home", tmp_path / "x", "--json"), "invalid-request", 2)

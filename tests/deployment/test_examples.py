# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import os

import pytest
from terminal import PROJECT

from archive.settings import S3Settings, load_settings

EXAMPLES = PROJECT / "deploy" / "examples"


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Return a function that loads an example with some credentials, and nothing of this machine."""
    for name in [name for name in os.environ if name.startswith("LONGEVA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LONGEVA_CREDENTIALS", str(tmp_path))

    def loaded(name, **credentials):
        for setting, value in credentials.items():
            (tmp_path / f"longeva.{setting.replace('__', '.')}").write_text(value)
        monkeypatch.setenv("LONGEVA_CONFIG", str(EXAMPLES / name))
        return load_settings(tmp_path)

    return loaded


def test_one_machine_keeps_two_copies(load):
    """A receipt is given when both disks have it."""
    settings = load("one-machine.toml")
    assert settings.quorum == len(settings.stores) == 2
    assert settings.work.runner == "in-process"
    assert settings.catalog.url.get_secret_value() == ""


def test_the_province_stands_on_engines(load):
    """Its secrets are credentials; the file has none, and without the database's it is refused."""
    settings = load(
        "province.toml",
        catalog__url="postgresql+psycopg://longeva_app:x@db/longeva",
        stores__first__secret_key="one",
        stores__second__secret_key="two",
    )
    first = settings.stores["first"]
    assert isinstance(first, S3Settings)
    assert first.secret_key.get_secret_value() == "one"
    assert (first.lock.mode, settings.quorum, settings.index.kind) == ("compliance", 2, "elasticsearch")
    assert settings.inbox.lock.mode == "off"
    assert settings.work.runner == "procrastinate"


def test_the_set_of_containers_has_its_settings(load):
    """The hosts of its addresses are services of deploy/compose.yaml (tests/deployment/test_containers.py)."""
    settings = load("compose.toml", catalog__url="postgresql+psycopg://longeva:x@database/longeva")
    assert settings.quorum == 1
    assert settings.web.operator_port == 8081


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir()))
def test_no_example_holds_a_secret(name):
    """Not even a made-up one: it would be copied."""
    text = (EXAMPLES / name).read_text("utf-8")
    said = [line for line in text.splitlines() if not line.startswith("#")]
    assert not [
        line for line in said if line.partition("=")[0].strip() in {"secret_key", "password", "api_key"}
    ]

# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import os
from datetime import date

import pytest

from archive.errors import ConfigurationError
from archive.settings import FolderSettings, S3Settings, load_settings


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch, tmp_path):
    """No variable and no credential of the machine that runs the tests."""
    for name in list(os.environ):
        if name.startswith("LONGEVA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LONGEVA_CREDENTIALS", str(tmp_path / "credentials"))


def write(home, text):
    (home / "longeva.toml").write_text(text, "utf-8")


def refused(home):
    with pytest.raises(ConfigurationError) as caught:
        load_settings(home)
    return str(caught.value)


def test_nothing_said_is_one_machine_and_no_server(tmp_path):
    """A home without settings has one folder, SQLite, tantivy and the development authority."""
    settings = load_settings(tmp_path)
    assert settings.stores == {"local": FolderSettings()}
    assert settings.quorum == 1
    assert settings.catalog.url.get_secret_value() == ""
    assert settings.timestamps.authorities == {}


def test_each_later_layer_counts_more(tmp_path, monkeypatch):
    """The environment over a credential over the file over the default, setting by setting."""
    write(tmp_path, '[web]\nport = 1001\nhost = "::1"\nthreads = 7\n')
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "longeva.web.port").write_text("1002\n")
    (folder / "longeva.web.host").write_text("localhost")
    (folder / "tls.key").write_text("somebody else's")
    monkeypatch.setenv("LONGEVA_WEB__PORT", "1003")
    web = load_settings(tmp_path).web
    assert (web.port, web.host, web.threads, web.operator_port) == (1003, "localhost", 7, 0)


def test_a_secret_may_come_from_a_credential(tmp_path, monkeypatch):
    """The folder that systemd names, and the end of the line that an editor puts is not part of it."""
    monkeypatch.delenv("LONGEVA_CREDENTIALS")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    write(tmp_path, '[stores.second]\nkind = "s3"\nbucket = "b"\n')
    (tmp_path / "longeva.stores.second.secret_key").write_text("s3cr3t \n")
    store = load_settings(tmp_path).stores["second"]
    assert isinstance(store, S3Settings)
    assert store.secret_key.get_secret_value() == "s3cr3t "


def test_an_unknown_setting_is_named_with_its_line_and_the_nearest_known_one(tmp_path):
    """`prot` in line 3 is `port`; inside a kind of store the kind is not part of the name."""
    write(tmp_path, '[web]\nhost = "::1"\nprot = 80\n[stores.a]\nkind = "s3"\nbucket = "b"\nbukcet = "c"\n')
    told = refused(tmp_path)
    assert f"web.prot ({tmp_path}/longeva.toml, line 3): no such setting; did you mean `port`?" in told
    assert "stores.a.bukcet (" in told
    assert "line 7): no such setting; did you mean `bucket`?" in told


def test_an_unknown_variable_and_an_unknown_credential_are_named(tmp_path, monkeypatch):
    """What does not come from the file is named as what it is."""
    monkeypatch.setenv("LONGEVA_CATLOG__URL", "x")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "longeva.indexx").write_text("x")
    told = refused(tmp_path)
    assert "LONGEVA_CATLOG__URL" not in told.split("catlog (")[0]
    assert "catlog (LONGEVA_CATLOG): no such setting; did you mean `catalog`?" in told
    assert f"indexx ({tmp_path}/credentials/longeva.indexx): no such setting; did you mean `index`?" in told


def test_broken_toml_is_told_with_line_and_column(tmp_path):
    """As an editor counts them."""
    write(tmp_path, '[web]\nhost = "::1\n')
    assert "line 2, column 12" in refused(tmp_path)


def test_no_message_holds_a_value(tmp_path, monkeypatch):
    """A secret in the wrong place, or of the wrong shape, is not repeated."""
    write(tmp_path, '[catalog]\nurl = ["hunter2"]\npasword = "hunter2"\n')
    monkeypatch.setenv("LONGEVA_WEB__PORT", "hunter2")
    told = refused(tmp_path)
    assert "hunter2" not in told
    assert "catalog.url" in told
    assert "web.port (LONGEVA_WEB__PORT)" in told


def test_a_file_that_was_named_must_be_there(tmp_path, monkeypatch):
    """Otherwise a typing error would run an archive on the defaults."""
    monkeypatch.setenv("LONGEVA_CONFIG", str(tmp_path / "gone.toml"))
    assert "gone.toml, which is not there" in refused(tmp_path)


def test_a_table_is_given_whole_or_in_parts(tmp_path, monkeypatch):
    """Two variables that contradict each other are no settings."""
    monkeypatch.setenv("LONGEVA_WORK__EVERY", "5")
    monkeypatch.setenv("LONGEVA_WORK__EVERY__DAY", "5")
    assert "LONGEVA_WORK__EVERY__DAY: work.every is given whole elsewhere" in refused(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[stores.a]\nkind = "tape"\n', "stores.a (LINE 1): its `kind` is not known; known here: folder, s3"),
        ('[stores.a]\nkind = "s3"\n', "stores.a.bucket (LINE 1): must be given"),
        ("[stores.a]\n[stores.b]\n", "stores.a (LINE 1): nothing says its `kind` (known here: folder, s3)"),
        ('[stores.a]\nkind="folder"\npath="inbox"\n', "in one place"),
        ('[inbox]\nkind="folder"\n', "in one place"),
        ('[stores.A]\nkind="folder"\n', "stores.A (LINE 1): "),
        ('[work]\nrunner = "procrastinate"\n', "needs catalog.url"),
        ("[copies]\nquorum = 2\n", "copies.quorum is 2, and 1 stores can be written"),
        ('[timestamps.authorities.a]\nurl = "tsa.example"\n', "timestamps.authorities.a.url (LINE 2)"),
        ('[inbox]\nkind = "s3"\nbucket = "b"\nlock = { mode = "governance" }\n', "nor ask for locks"),
        ('[inbox]\nkind = "folder"\npath = "inbox"\ndraining = true\n', "neither drain"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(tmp_path, text, words):
    """Kinds, needs, and settings that contradict each other."""
    write(tmp_path, text)
    assert words.replace("LINE", f"{tmp_path}/longeva.toml, line") in refused(tmp_path)


def test_a_day_and_a_price_are_read_as_people_write_them(tmp_path):
    """A date with or without quotes, euros as a number or as a text; what is neither is refused."""
    authority = '[timestamps.authorities.a]\nurl = "https://tsa.example"\n'
    for day, price in (("2040-01-01", "0.04"), ('"2040-01-01"', '"0.04"')):
        write(tmp_path, f"{authority}price = {price}\n[evidence.retired]\nsha256 = {day}\n")
        settings = load_settings(tmp_path)
        assert settings.evidence.retired == {"sha256": date(2040, 1, 1)}
        assert settings.timestamps.authorities["a"].price == "0.04"
    write(tmp_path, f'{authority}price = "cheap"\n[evidence]\ntokens = 3\nretired.sha256 = "some day"\n')
    said = refused(tmp_path)
    assert "evidence.tokens" in said
    assert "evidence.retired.sha256" in said
    assert "authorities.a.price" in said

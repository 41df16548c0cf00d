# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json
import tomllib

import pytest
from terminal import longeva, problem

from archive.settings import Settings


def found(ran):
    return {each["subject"]: each for each in ran.json["found"]}


def test_show_tells_every_setting_and_where_it_comes_from(empty, monkeypatch):
    """File with its line, environment, default; without --origin people see TOML only."""
    (empty / "longeva.toml").write_text("[web]\nport = 8181\n", "utf-8")
    monkeypatch.setenv("LONGEVA_LOG__LEVEL", "error")
    rows = {
        each["name"]: each for each in longeva("config", "show", "--home", empty, "--json").json["settings"]
    }
    assert rows["web.port"] == {"name": "web.port", "value": 8181, "origin": f"{empty}/longeva.toml, line 2"}
    assert rows["log.level"]["origin"] == "LONGEVA_LOG__LEVEL"
    assert rows["work.every"]["origin"] == "default"
    assert tomllib.loads(longeva("config", "show", "--home", empty).out)["web"]["port"] == 8181
    assert "longeva.toml, line 2" in longeva("config", "show", "--origin", "--home", empty).out


def test_show_masks_secrets(empty):
    """In both forms."""
    (empty / "longeva.toml").write_text('[catalog]\nurl = "postgresql+psycopg://a:hunter2@h/d"\n', "utf-8")
    for form in ([], ["--json"], ["--origin"]):
        shown = longeva("config", "show", "--home", empty, *form)
        assert shown.code == 0
        assert "hunter2" not in shown.out
        assert "a:********@h/d" in shown.out


def test_show_of_broken_settings_is_an_error(empty):
    """Exit 70, with line and column."""
    (empty / "longeva.toml").write_text("[web\n", "utf-8")
    assert (
        "line 1, column 5"
        in problem(longeva("config", "show", "--home", empty, "--json"), "configuration", 70)["detail"]
    )


def test_a_fresh_archive_is_well(empty):
    """Every part is looked at; only the development authority is worth a warning."""
    ran = longeva("config", "check", "--home", empty, "--json")
    assert ran.code == 0, ran.out
    rows = found(ran)
    assert {
        "settings",
        "store local",
        "inbox",
        "copies",
        "catalogue",
        "home",
        "index",
        "time stamps",
    } <= rows.keys()
    assert [name for name, each in rows.items() if each["state"] != "ok"] == ["time stamps"]
    assert "WITHOUT LEGAL VALUE" in longeva("config", "check", "--home", empty).out


def test_a_typing_error_is_found_with_the_nearest_setting(empty):
    """Exit 1: a finding, not an accident; nothing else can be looked at."""
    (empty / "longeva.toml").write_text("[web]\nprot = 1\n", "utf-8")
    ran = longeva("config", "check", "--home", empty, "--json")
    assert ran.code == 1
    assert list(found(ran)) == ["settings"]
    assert "did you mean `port`" in found(ran)["settings"]["words"]


def test_every_engine_that_does_not_answer_is_named_and_hides_no_other(empty):
    """A database, a store and an authority on closed ports; the disk and the inbox are still looked at."""
    (empty / "longeva.toml").write_text(
        """
        [stores.near]
        kind = "folder"
        path = "store"
        [stores.far]
        kind = "s3"
        bucket = "b"
        endpoint = "http://127.0.0.1:9"
        access_key = "a"
        secret_key = "hunter2"
        [catalog]
        url = "postgresql+psycopg://a:hunter2@127.0.0.1:9/d"
        """,
        "utf-8",
    )
    ran = longeva("config", "check", "--home", empty, "--json")
    assert ran.code == 1
    rows = found(ran)
    assert rows["store near"]["state"] == rows["inbox"]["state"] == "ok"
    assert rows["store far"]["state"] == "failed"
    assert rows["copies"]["state"] == "failed"
    assert rows["catalogue"]["state"] == "failed"
    assert rows["secrets"]["state"] == "failed"
    assert "chmod 600" in rows["secrets"]["todo"]
    assert "hunter2" not in json.dumps(ran.json)


def test_a_store_that_cannot_be_written_fails(empty):
    """A file stands where its folder should be made."""
    (empty / "longeva.toml").write_text('[stores.local]\nkind = "folder"\npath = "longeva.json/x"\n', "utf-8")
    rows = found(longeva("config", "check", "--home", empty, "--json"))
    assert rows["store local"]["state"] == rows["copies"]["state"] == "failed"


def test_before_init_it_says_what_to_do(tmp_path):
    """There is no home yet: exit 1, and the command to type."""
    ran = longeva("config", "check", "--home", tmp_path / "none", "--json")
    assert ran.code == 1
    assert "longeva init" in found(ran)["home"]["words"]
    assert not (tmp_path / "none").exists()


def test_secrets_that_only_we_may_read_are_well(empty):
    """Mode 0600."""
    file = empty / "longeva.toml"
    file.write_text('[timestamps.authorities.a]\nurl = "http://u:hunter2@127.0.0.1:9/"\n', "utf-8")
    file.chmod(0o600)
    rows = found(longeva("config", "check", "--home", empty, "--json"))
    assert rows["secrets"]["state"] == "ok"
    assert rows["time stamps"]["words"].startswith("nobody gives a token")
    offline = longeva("config", "check", "--offline", "--home", empty, "--json")
    assert offline.code == 0
    assert "time stamps" not in found(offline)


@pytest.mark.parametrize("table", ["web", "work", "log", "copies"])
def test_the_example_says_the_defaults(empty, table):
    """Uncommented, a table of it is what counts without it; as it is, it says nothing."""
    text = longeva("config", "example", "--home", empty, "--json").json["toml"]
    assert tomllib.loads(text) == {}
    lines = [
        line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ") and line[2] != " "
    ]
    start = lines.index(f"[{table}]")
    stop = next((at for at in range(start + 1, len(lines)) if lines[at][0] == "["), len(lines))
    said = tomllib.loads("\n".join(lines[start:stop]))
    default = getattr(Settings(), table)
    assert type(default).model_validate(said[table]) == default
    assert said[table].keys() == default.model_dump().keys()

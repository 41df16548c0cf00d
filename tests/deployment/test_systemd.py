# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from terminal import PROJECT, longeva

UNITS = PROJECT / "deploy" / "systemd"
NAMES = sorted(path.name for path in UNITS.iterdir() if path.is_file())
PROGRAM = "/opt/longeva/bin/longeva"


@pytest.fixture(scope="module")
def analyze():
    """The command that judges units, or a loud skip where it is absent."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("SYSTEMD ABSENT: the units were not judged by systemd-analyze")
    return found


@pytest.fixture
def units(tmp_path):
    """The units with a program that is there in the place of ours."""
    shutil.copytree(UNITS, tmp_path / "units")
    for path in (tmp_path / "units").glob("*.service"):
        path.write_text(path.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    return tmp_path / "units"


def judged(analyze, units, *arguments):
    """Run systemd-analyze over the units and return what it says."""
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}
    ran = subprocess.run(
        [analyze, *arguments], cwd=units, env=environment, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def as_instance(name):
    return "./" + name.replace("@.", "@1.")


@pytest.mark.parametrize("name", NAMES)
def test_systemd_finds_nothing_to_complain_of(analyze, units, name):
    """Neither an error nor a warning."""
    assert judged(analyze, units, "verify", as_instance(name)) == (0, "")


def test_a_typing_error_would_be_found(analyze, units):
    """The judge of the test above is awake."""
    path = units / "longeva-web.service"
    path.write_text(path.read_text("utf-8").replace("ExecStart=", "ExecStrat="), "utf-8")
    assert judged(analyze, units, "verify", "./longeva-web.service") != (0, "")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".service")])
def test_every_unit_is_hardened(analyze, units, name):
    """The common drop-in reaches each: exposure below 2 of 10, as systemd counts it; without it, above 9."""

    def exposure():
        told = judged(analyze, units, "security", "--offline=true", "--no-pager", as_instance(name))[1]
        return float(re.search(r"exposure level for \S+: ([\d.]+)", told)[1])

    assert exposure() < 2
    shutil.rmtree(units / "longeva-.service.d")
    assert exposure() > 9


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".service")])
def test_every_command_of_a_unit_is_one_of_ours(name):
    """With the options that it is given there; asked for its help, so that nothing is done."""
    commands = re.findall(
        rf"^ExecStart(?:Pre)?={re.escape(PROGRAM)} (.+)$", (UNITS / name).read_text("utf-8"), re.MULTILINE
    )
    assert commands
    for command in commands:
        ran = longeva(*command.split(), "--help")
        assert ran.code == 0, ran.err
        assert ran.out.startswith("Usage: longeva")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".timer")])
def test_every_timer_has_its_service_and_makes_up_for_what_it_missed(name):
    """A machine that was off at night audits and copies when it is on again."""
    assert (UNITS / Path(name).with_suffix(".service")).is_file()
    assert "Persistent=yes" in (UNITS / name).read_text("utf-8")


def test_every_credential_that_is_named_is_a_setting():
    """A typing error there would stop every unit."""
    from archive.settings.layers import CREDENTIAL, Layer
    from archive.settings.load import checked

    text = (UNITS / "longeva-.service.d" / "20-credentials.conf").read_text("utf-8")
    for name, path in re.findall(r"LoadCredential=([^:\s]+):(\S+)", text):
        assert Path(path).name == name
        place = name.removeprefix(CREDENTIAL).split(".")
        values = {
            "stores": {"first": {"kind": "s3", "bucket": "b"}, "local": {"kind": "folder"}},
            "index": {"kind": "elasticsearch", "urls": ["https://x"]},
            "timestamps": {"authorities": {"first": {"url": "https://x"}}},
        }
        inner = values
        for table in place[:-1]:
            inner = inner.setdefault(table, {})
        inner[place[-1]] = "x"
        checked([Layer(values, ".".join)])

# SPDX-License-Identifier: EUPL-1.2
"""One small archive with the sample expediente, for every test that only reads; copies for the others."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from terminal import longeva

from archive.clock import SystemClock
from archive.home import Home
from demo.expediente import BuiltPackage, build_expediente
from preservation.installation import development_authority

TENANT = "villa"


@dataclass(frozen=True)
class Sample:
    """An archive that holds the sample expediente and a certified copy of its resolution."""

    home: Path
    package: BuiltPackage
    receipt: dict[str, Any]
    sealed: dict[str, Any]
    """What `evidence seal` answered."""
    issued: dict[str, Any]
    """What `certify` answered."""
    tenant: str = TENANT

    @property
    def object_id(self) -> str:
        """The deposited expediente."""
        return self.receipt["object"]

    @property
    def resolution(self) -> str:
        """Path of the resolution in the object."""
        return "received/" + self.package.document("RES1").file_name


def done(*arguments: object) -> dict[str, Any]:
    """Run a command that must succeed."""
    ran = longeva(*arguments, "--json")
    assert ran.code == 0, (ran.out, ran.err)
    return ran.json


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Sample:
    """The archive. To be read only: events that reading leaves do no harm."""
    folder = tmp_path_factory.mktemp("sample")
    home = folder / "home"
    done("init", "--home", home)
    done("tenant", "add", TENANT, "--name", "Ayuntamiento de Villa", "--dir3", "L01990019", "--home", home)
    with Home.open(home, SystemClock()) as opened:
        package = build_expediente(folder, development_authority(opened), recording_megabytes=1)
    receipt = done("deposit", package.zip_path, "--tenant", TENANT, "--home", home)["receipts"][0]
    sealed = done("evidence", "seal", "--home", home)
    resolution = "received/" + package.document("RES1").file_name
    issued = done("certify", receipt["object"], resolution, "-o", folder / "copia.pdf", "--home", home)
    done("search", "licencia", "--tenant", TENANT, "--home", home)
    return Sample(home, package, receipt, sealed, issued)


@pytest.fixture
def changing(sample, tmp_path) -> Sample:
    """A copy of the archive that a test may change."""
    home = tmp_path / "home"
    shutil.copytree(sample.home, home)
    return replace(sample, home=home)


@pytest.fixture
def empty(tmp_path) -> Path:
    """An archive without anything in it, not even a municipality."""
    done("init", "--home", tmp_path / "home")
    return tmp_path / "home"

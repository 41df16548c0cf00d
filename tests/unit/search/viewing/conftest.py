# SPDX-License-Identifier: EUPL-1.2
"""An archive with an expediente, for tests that look into one."""

from __future__ import annotations

import pytest
from archived import make_archive

from demo.expediente import build_expediente
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation.evidence.sealing import seal_due
from preservation.installation import archive_seal, development_authority, time_stamping


class Kept:
    """A home with the demo's expediente, one of 3,000 documents, and nothing else."""

    def __init__(self, folder):
        self.archived = make_archive(folder)
        self.home = self.archived.home

    def deposit(self, *packages):
        """Deposit packages and return their objects."""
        made = deposit(self.home, "villar", list(packages), seal=archive_seal(self.home))
        with self.home.catalog.reading("villar") as tx:
            return [tx.object(str(each.receipt["object"])) for each in made]

    def seal(self):
        """Seal what is due."""
        seal_due(self.home, time_stamping(self.home))


@pytest.fixture(scope="package")
def kept(tmp_path_factory):
    """The archive."""
    kept = Kept(tmp_path_factory.mktemp("viewing"))
    yield kept
    kept.home.close()


@pytest.fixture(scope="package")
def licence(kept, tmp_path_factory):
    """The demo's expediente: 24 documents of all kinds, a folder, a nested expediente, a recording."""
    folder = tmp_path_factory.mktemp("licence")
    built = build_expediente(folder, development_authority(kept.home), recording_megabytes=1)
    return kept.deposit(built.zip_path)[0]


@pytest.fixture(scope="package")
def large(kept, tmp_path_factory):
    """An expediente of 3,000 documents."""
    folder = tmp_path_factory.mktemp("large") / "package"
    return kept.deposit(plain_package(folder, 3000, 300, seed=5, kind="text").folder)[0]

# SPDX-License-Identifier: EUPL-1.2
"""An archive to give copies of, made once for the module that asks."""

from __future__ import annotations

import pytest
from archived import Archived, decree, make_archive

from archive.model import ObjectRecord


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """An archive with a development authority and nothing in it."""
    archived = make_archive(tmp_path_factory.mktemp("archivo"))
    yield archived
    archived.home.close()


@pytest.fixture(scope="module")
def resolution(archived: Archived) -> ObjectRecord:
    """A resolution of two pages with the CSV of its original platform."""
    return archived.deposit(decree(), csv="A1B2C3D4E5F6G7H8J9K0")


@pytest.fixture(scope="module")
def issued(archived: Archived, resolution: ObjectRecord):
    """A certified copy of it."""
    return archived.certify(resolution.object_id)

# SPDX-License-Identifier: EUPL-1.2
"""What every database under the catalogue must do: transactions."""

from __future__ import annotations

import pytest
from catalogued import a_file, an_object

from archive.catalog import INSTALLATION, Catalog


def test_failed_transaction_leaves_nothing(catalog: Catalog) -> None:
    """What fails in the middle has not happened at all."""
    with pytest.raises(ZeroDivisionError), catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object(), [a_file()])
        raise ZeroDivisionError
    with catalog.reading(INSTALLATION) as tx:
        assert tx.counts() == dict.fromkeys(tx.counts(), 0) | {"tenants": 2}


def test_reading_sees_one_moment(catalog: Catalog) -> None:
    """A reader is not stopped by a writer and does not see what was not committed when it began."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object("E1"))
        with catalog.reading(INSTALLATION) as reader:
            assert list(reader.objects()) == []


def test_catalogue_opens_again_with_what_it_had(catalog: Catalog, target: str) -> None:
    """Closing and opening loses nothing and makes nothing anew."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object(), [a_file()])
    catalog.close()
    again = Catalog.open(target)
    with again.reading(INSTALLATION) as tx:
        assert tx.files(an_object().object_id) == [a_file()]
    again.close()

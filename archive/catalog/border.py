# SPDX-License-Identifier: EUPL-1.2
"""Where the database's exceptions end and ours begin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import IntegrityError as BrokenRule

from archive.errors import CatalogUnavailable, ConflictError

# SQLSTATE codes: PostgreSQL manual, appendix A.
_CROSSED: Final = frozenset({"40001", "40P01"})
_BUSY: Final = frozenset({"55P03"})
_NO_TABLE: Final = frozenset({"42P01", "3F000"})
_NOT_ALLOWED: Final = "42501"
_OTHER_TENANT: Final = "row-level security"


@contextmanager
def border() -> Iterator[None]:
    """Turn what the database says into our errors.

    Raises:
        ConflictError: A rule of the schema was broken, or rows outside the tenant were to be written.
        CatalogUnavailable: Anything else; where two writers crossed, or the connection was lost, repeating
            the transaction is all there is to do.
    """
    try:
        yield
    except (BrokenRule, DataError) as cause:
        raise ConflictError(f"the catalogue refuses it: {_words(cause)}") from cause
    except SQLAlchemyError as cause:
        if isinstance(cause, StatementError) and not isinstance(cause, DBAPIError) and cause.orig:
            # A value of ours that no column takes, such as an instant without zone: a programming error.
            raise cause.orig from cause
        raise _translated(cause) from cause


def _translated(cause: SQLAlchemyError) -> ConflictError | CatalogUnavailable:
    words = _words(cause)
    state = getattr(getattr(cause, "orig", None), "sqlstate", None)
    if state == _NOT_ALLOWED and _OTHER_TENANT in words:
        return ConflictError(f"the catalogue refuses it: not in the archive of this tenant ({words})")
    if state == _NOT_ALLOWED:
        return CatalogUnavailable(
            f"the catalogue refuses this login: {words}; `longeva catalog upgrade` gives it its rights"
        )
    if state in _CROSSED:
        return CatalogUnavailable(
            f"two writers of the catalogue crossed, nothing was written: repeat ({words})"
        )
    if state in _BUSY:
        return CatalogUnavailable(f"the catalogue is busy with another writer: try again ({words})")
    if state in _NO_TABLE:
        return CatalogUnavailable(f"the database holds no catalogue: run `longeva rebuild` ({words})")
    return CatalogUnavailable(f"the catalogue failed: {words}")


def _words(cause: SQLAlchemyError) -> str:
    orig = getattr(cause, "orig", None)
    # The first line alone: details quote rows.
    told = getattr(getattr(orig, "diag", None), "message_primary", None)
    return told or str(orig or cause).strip()

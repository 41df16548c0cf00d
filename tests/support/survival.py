# SPDX-License-Identifier: EUPL-1.2
"""The table of what the archive survived: tests add rows, `make test-failures` prints them.

Each test that does harm says what it did and what became of it, in one row of JSON lines. Rows of the same
fault and place are added up, so that tests that ran in several processes give one line.

    tries       times that the harm was done
    lost        acknowledged things that were not there afterwards, or with other bytes
    duplicated  things that were there twice
    found       times that the archive noticed: said so in a coded word, or had work left to finish
    healed      times that it was whole afterwards: fsck clean, and equal to an archive that nothing befell
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

PLACE = "LONGEVA_SURVIVAL"
"""Environment variable: the file of JSON lines. Without it rows are checked and go nowhere."""


@dataclass(slots=True)
class Survived:
    """What became of one fault in one place."""

    fault: str
    """In words: `kill -9 in a deposit`, `disk full at a write`."""
    where: str = "embedded"
    """What the archive stood on: `embedded`, `S3`, `PostgreSQL`, `S3 + PostgreSQL`…"""
    tries: int = 0
    lost: int = 0
    duplicated: int = 0
    found: int = 0
    healed: int = 0

    def record(self) -> None:
        """Add the row to the table, and fail where anything was lost or duplicated, or nothing was tried."""
        place = os.environ.get(PLACE)
        if place:
            line = (json.dumps(asdict(self), ensure_ascii=False) + "\n").encode()
            descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        assert self.tries > 0, f"{self.fault}: nothing was tried"
        assert (self.lost, self.duplicated) == (0, 0), self


def read(path: Path) -> list[Survived]:
    """Return the rows of a file, those of the same fault and place added up, in order of appearance."""
    rows: dict[tuple[str, str], Survived] = {}
    for line in path.read_text("utf-8").splitlines():
        row = Survived(**json.loads(line))
        total = rows.setdefault((row.fault, row.where), Survived(row.fault, row.where))
        for column in _NUMBERS:
            setattr(total, column, getattr(total, column) + getattr(row, column))
    return list(rows.values())


def table(rows: list[Survived]) -> str:
    """Return the rows as a table in Markdown, with their sum."""
    total = Survived("all of it", "")
    for row in rows:
        for column in _NUMBERS:
            setattr(total, column, getattr(total, column) + getattr(row, column))
    cells = [[str(getattr(row, column)) for column in _COLUMNS] for row in (*rows, total)]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *cells, strict=True)]
    ruler = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(_set(cell, width, at) for at, (cell, width) in enumerate(zip(line, widths, strict=True)))
        + " |"
        for line in (_COLUMNS, ruler, *cells)
    )  # fmt: skip


_COLUMNS = [field.name for field in fields(Survived)]
_NUMBERS = _COLUMNS[2:]


def _set(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column < 2 else cell.rjust(width)


if __name__ == "__main__":
    sys.stdout.write(table(read(Path(sys.argv[1]))) + "\n")

# SPDX-License-Identifier: EUPL-1.2
"""The head of the ledger, for who inspects: on the page, and as a file to keep elsewhere."""

from __future__ import annotations

from inhabited import HERE

from archive.ledger_proofs import LedgerVerdict, read_kept
from preservation.ledger.verification import verify_ledger

PAGE, FILE = f"/archivo/{HERE}/registro", f"/archivo/{HERE}/registro/cabeza.json"


def test_an_auditor_takes_the_head_home(town, inside):
    """The file is what `longeva ledger verify --head` reads, and the ledger holds to it, also later."""
    auditor = inside("auditora")
    page = auditor.get(PAGE)
    assert "Cabeza del registro y sellos de tiempo" in page.text
    assert "Ninguna cabeza lleva sello de tiempo todavía" in page.text
    answer = auditor.get(FILE)
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="cabeza-{HERE}-')
    (kept,) = read_kept(answer.data)
    assert (
        kept.head == town.home.ledger.tree_head(HERE) or kept.head.size < town.home.ledger.head(HERE).sequence
    )
    assert 0 < kept.head.size <= town.home.ledger.head(HERE).sequence
    auditor.get(PAGE)
    assert verify_ledger(town.home, HERE, [kept]).verdict is LedgerVerdict.VALID


def test_who_may_not_inspect_gets_no_head(inside, browser):
    """Neither a visitor nor who works elsewhere."""
    assert browser.get(FILE).status_code == 302
    assert inside("vecina").get(FILE).status_code == 404

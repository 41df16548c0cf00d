# SPDX-License-Identifier: EUPL-1.2
"""The form that takes files, with a session of flesh and blood: its token, and a body larger than other forms'."""

from __future__ import annotations

from io import BytesIO

import pytest
from inhabited import HERE, Browser

from ingest.web import BLUEPRINTS

FORM = f"/archivo/{HERE}/depositos/nuevo"
LARGE = b"<a>" + b"x" * 300_000 + b"</a>"


@pytest.fixture
def clerk(town):
    """An archivist's browser, on pages of deposits."""
    browser = Browser(town.app(*BLUEPRINTS))
    assert browser.enter("archivera").status_code == 303
    return browser


def files(name="grande.xml"):
    """Return what the form sends."""
    return {"fichero": (BytesIO(LARGE), name), "accion": "depositar", "junto": "0"}


def test_large_file_is_taken_with_the_token_of_its_page(clerk, town):
    """Larger than what any other form may be; it is in the queue under the account."""
    answer = clerk.post(FORM, files())
    assert answer.status_code == 303, answer.text
    with town.home.catalog.reading(HERE) as tx:
        assert [(one.size, one.agent) for one in tx.queue(HERE)] == [
            (len(LARGE), f"account:{town.people['archivera'].account_id}")
        ]


@pytest.mark.parametrize(
    ("token", "headers"), [("", {}), ("otro", {}), (None, {"Sec-Fetch-Site": "cross-site"})]
)
def test_form_of_another_site_brings_nothing(clerk, town, token, headers):
    """Without the session's token, or sent by another site, it is refused and nothing is in the queue."""
    given = files() | ({} if token is None else {"csrf_token": token})
    assert clerk.post(FORM, given, headers=headers).status_code == 403
    with town.home.catalog.reading(HERE) as tx:
        assert tx.queue(HERE) == []


def test_decision_of_another_site_decides_nothing(clerk):
    """The token is asked before anything is looked up."""
    answer = clerk.post(f"/archivo/{HERE}/depositos/x/decision", {"csrf_token": "otro"}, page=FORM)
    assert answer.status_code == 403

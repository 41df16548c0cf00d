# SPDX-License-Identifier: EUPL-1.2
"""What an auditor sees of evidence on pages, over a furnished archive."""

from __future__ import annotations

import csv
import io
import re

import pytest
from furnished import OTHER, TENANT, known_as, somebody

from archive.clock import SystemClock
from archive.identity import Role
from archive.web.app import WebSettings, create_app
from preservation.evidence.sealing import seal_due
from preservation.installation import time_stamping
from preservation.web import BLUEPRINTS

ROOT = f"/archivo/{TENANT}/evidencias"


@pytest.fixture(scope="module")
def home(furnished, tmp_path_factory):
    """A furnished archive, everything sealed."""
    home = furnished.copied(tmp_path_factory.mktemp("evidence") / "home", SystemClock())
    while seal_due(home, time_stamping(home)):
        pass
    yield home
    home.close()


def visit(home, *roles, tenant=TENANT):
    """Return a client that is known as somebody with these roles."""
    services = known_as(somebody(*roles, tenant=tenant)) if roles else {}
    return create_app(
        lambda: home, BLUEPRINTS, WebSettings("https://sede.example"), services=services
    ).test_client()


@pytest.fixture(scope="module")
def auditor(home):
    """May inspect."""
    return visit(home, Role.AUDITOR)


def rows_of(answer):
    """Return the CSV of an answer as dictionaries."""
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_an_auditor_sees_what_stands_and_what_falls_due(auditor):
    """Counts, authorities, the plot with its table beside it, reasons and assumptions."""
    page = auditor.get(ROOT).get_data(as_text=True)
    assert "Versiones de objetos selladas" in page
    assert 'role="img"' in page
    assert page.count("<table") >= 3
    assert "El certificado de sellado" in page
    assert "Los costes son a precios de hoy" in page
    assert "style=" not in page


def test_the_register_names_objects_with_their_terms(auditor, home):
    """Every batch with mechanism, terms and objects; each object has a page of its own."""
    page = auditor.get(f"{ROOT}/cobertura").get_data(as_text=True)
    address = re.search(r'href="([^"]*cobertura/objeto[^"]*)"', page)
    assert address
    assert "Sello" in page
    one = auditor.get(address[1].replace("&amp;", "&")).get_data(as_text=True)
    assert "Versión 1" in one
    assert "Mostrar su cobertura" in page
    assert "SHA-256" in one


def test_a_period_chooses_and_nonsense_is_left_out(auditor):
    """Before the archive began there is nothing; a date that is none asks for everything."""
    assert "Nada que mostrar" in auditor.get(f"{ROOT}/cobertura?hasta=2001-01-01").get_data(as_text=True)
    assert "Mecanismo" in auditor.get(f"{ROOT}/cobertura?desde=ayer&pagina=x").get_data(as_text=True)


def test_the_table_holds_this_municipality_alone(auditor, home):
    """The CSV names the objects of the municipality of the address and of no other."""
    rows = rows_of(auditor.get(f"{ROOT}/cobertura.csv"))
    assert rows
    assert {row["tenant"] for row in rows} == {TENANT}


def test_only_who_may_inspect_sees_it(home):
    """Nobody is asked who he is; whoever has no right, or not here, finds nothing."""
    for path in ("", "/cobertura", "/cobertura.csv", "/cobertura/objeto?id=x"):
        assert visit(home).get(ROOT + path).status_code in {302, 401}
        assert visit(home, Role.CITIZEN).get(ROOT + path).status_code == 404
        assert visit(home, Role.AUDITOR, tenant=OTHER).get(ROOT + path).status_code == 404


def test_an_object_of_somebody_else_is_not_there(auditor, home):
    """Asked for by its full name, another municipality's object answers as one that is not there."""
    theirs = rows_of(
        visit(home, Role.AUDITOR, tenant=OTHER).get(f"/archivo/{OTHER}/evidencias/cobertura.csv")
    )
    for row in theirs[:1]:
        assert auditor.get(f"{ROOT}/cobertura/objeto", query_string={"id": row["object"]}).status_code == 404
    assert auditor.get(f"{ROOT}/cobertura/objeto?id=nothing").status_code == 404
    assert auditor.get(f"{ROOT}/cobertura/objeto?id=").headers["Location"].endswith("/cobertura")


def test_looking_is_told(auditor, home):
    """The ledger says that the register was read, and by whom."""
    auditor.get(f"{ROOT}/cobertura")
    with home.catalog.reading(TENANT) as tx:
        kinds = {event.kind for event in tx.find_events(TENANT, limit=50)}
    assert "evidence.viewed" in kinds

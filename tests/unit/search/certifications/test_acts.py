# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
from archived import BASE_URL, decree, make_archive

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.identity import Kind, Principal, Role
from search.certifications.acts import (
    approve,
    discard,
    draft,
    finish,
    issue,
    listed,
    read,
    rewrite,
    send_back,
)
from search.certifications.document import maker, typeset
from search.certifications.model import State
from search.csv import CsvStatus, verify_csv

TEXT = "Que la licencia concedida por Decreto 214/2025 está en vigor.\nQue no consta su revocación."


def somebody(name: str, *roles: Role) -> Principal:
    """Somebody with roles in the municipality."""
    return Principal(Kind.ACCOUNT, name, name.title(), {"villar": frozenset(roles)}, assurance="totp")


SECRETARY, MAYOR = somebody("secretaria", Role.SECRETARY), somebody("alcaldesa", Role.MAYOR)
ARCHIVIST = somebody("archivera", Role.ARCHIVIST)


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """An archive of its own: the seal is that of its development authority."""
    archived = make_archive(tmp_path_factory.mktemp("archivo"))
    (archived.home.path / "authority").symlink_to(archived.home.path.parent / "authority")
    yield archived
    archived.home.close()


@pytest.fixture(scope="module")
def record(archived):
    """What is certified about."""
    return archived.deposit(decree())


@pytest.fixture
def drafted(archived, record):
    """A draft by the archivist."""
    return draft(
        archived.home, "villar", text=TEXT, object_id=record.object_id, agent="t", asked_by="Persona interesada",
        purpose="su inscripción", before_minutes=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def make(archived):
    """Makes documents."""
    return maker(archived.home, BASE_URL)


def words(pdf: bytes) -> str:
    """All text of a PDF, on one line."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


def test_two_acts_make_the_document(archived, drafted, make):
    """Issued by the Secretary, approved by the Mayor: TD11, an original, kept, with a code that answers."""
    issued = issue(archived.home, drafted, SECRETARY, "Secretaria-Interventora")
    done = approve(archived.home, issued, MAYOR, "Alcaldesa", make)
    assert done.state is State.DELIVERED
    with archived.home.catalog.reading(INSTALLATION) as tx:
        document = tx.documents(done.copy_object_id)[0]
        copy = tx.copy_by_csv(done.csv)
    assert (document.tipo_documental, document.estado_elaboracion) == ("TD11", "EE01")
    pdf = b"".join(archived.home.objects("villar").read_verified(copy.copy_object_id, copy.pdf_path))
    said = words(pdf)
    assert "CERTIFICO" in said.replace(" ", "")
    for word in ("está en vigor", "Secretaria-Interventora", "Alcaldesa", "Visto bueno", done.csv,
                 "a petición de Persona interesada", "artículo 206", "su inscripción"):  # fmt: skip
        assert word in said
    answer = verify_csv(archived.home, done.csv)
    assert answer.status is CsvStatus.AUTHENTIC
    assert "ertificación" in answer.mensaje
    assert read(archived.home, "villar", done.certification_id) == done


def test_draft_says_that_it_certifies_nothing(archived, drafted):
    """Neither code nor QR, and the words that are missing."""
    with archived.home.catalog.reading("villar") as tx:
        tenant = tx.tenant("villar")
    between_seconds = archived.clock.now().replace(microsecond=123_456)
    said = words(typeset(archived.home, drafted, tenant, at=between_seconds))
    assert "BORRADOR" in said
    assert "Pendiente del visto bueno" in said


@pytest.mark.parametrize("who", [ARCHIVIST, MAYOR, somebody("x", Role.OPERATOR), somebody("y", Role.CITIZEN)])
def test_only_the_secretary_issues(archived, drafted, who):
    """To everybody else it is not there."""
    with pytest.raises(NotFound):
        issue(archived.home, drafted, who, "Secretaria")


def test_only_the_mayor_approves_and_never_what_he_issued(archived, drafted, make):
    """Two people: who holds both offices does not approve himself."""
    issued = issue(archived.home, drafted, SECRETARY, "Secretaria")
    for who in (ARCHIVIST, SECRETARY):
        with pytest.raises(NotFound):
            approve(archived.home, issued, who, "Alcaldesa", make)
    both = replace(SECRETARY, roles={"villar": frozenset({Role.MAYOR, Role.SECRETARY})})
    with pytest.raises(ConflictError) as refused:
        approve(archived.home, issued, both, "Alcaldesa", make)
    assert refused.value.place == "same-person"


def test_issued_text_does_not_change(archived, drafted, make):
    """Neither by rewriting nor behind the Mayor's back."""
    issued = issue(archived.home, drafted, SECRETARY, "Secretaria")
    with pytest.raises(ConflictError):
        rewrite(archived.home, issued, "otra cosa", agent="t")
    with pytest.raises(ConflictError) as refused:
        approve(archived.home, replace(issued, text="otra cosa"), MAYOR, "Alcaldesa", make)
    assert refused.value.place == "changed"


def test_mayor_sends_back_and_the_secretary_issues_again(archived, drafted, make):
    """With a reason; the first act counts no more."""
    issued = issue(archived.home, drafted, SECRETARY, "Secretaria")
    with pytest.raises(InvalidRequest):
        send_back(archived.home, issued, MAYOR, " ")
    back = send_back(archived.home, issued, MAYOR, "Falta la fecha del decreto")
    assert (back.state, back.issued, back.why) == (State.DRAFTED, None, "Falta la fecha del decreto")
    again = issue(
        archived.home, rewrite(archived.home, back, TEXT + " 3 de marzo.", agent="t"), SECRETARY, "S"
    )
    assert approve(archived.home, again, MAYOR, "A", make).state is State.DELIVERED


def test_approval_survives_a_document_that_could_not_be_made(archived, drafted, make):
    """Nothing is lost: it is finished later, once."""
    issued = issue(archived.home, drafted, SECRETARY, "Secretaria")

    def made_and_died(one, agent):
        make(one, agent)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        approve(archived.home, issued, MAYOR, "Alcaldesa", made_and_died)
    left = read(archived.home, "villar", issued.certification_id)
    assert left.state is State.APPROVED
    done = finish(archived.home, left, "t", lambda *_: pytest.fail("it was made before"))
    assert done.state is State.DELIVERED
    assert verify_csv(archived.home, done.csv).status is CsvStatus.AUTHENTIC


def test_of_two_who_finish_at_once_one_document_holds(archived, drafted, make):
    """While the Mayor's is being made somebody finishes it too: one code answers, the other is withdrawn."""
    issued = issue(archived.home, drafted, SECRETARY, "Secretaria")
    made, delivered = [], []

    def meanwhile(one, agent):
        delivered.append(finish(archived.home, one, "t", make))
        made.append(make(one, agent))
        return made[0]

    with pytest.raises(ConflictError):
        approve(archived.home, issued, MAYOR, "Alcaldesa", meanwhile)
    assert verify_csv(archived.home, delivered[0].csv).status is CsvStatus.AUTHENTIC
    assert verify_csv(archived.home, made[0][1]).status is CsvStatus.REVOKED


def test_second_of_two_is_told_so(archived, drafted):
    """Whoever saw an older version changes nothing."""
    issue(archived.home, drafted, SECRETARY, "Secretaria")
    with pytest.raises(ConflictError):
        discard(archived.home, drafted, "repetida", agent="t")
    with pytest.raises(ConflictError):
        read(archived.home, "villar", drafted.certification_id, drafted.version)


def test_ledger_has_both_acts_and_no_words(archived, drafted, make):
    """What was certified and for whom is in the register; the ledger has digests and agents."""
    issued = issue(archived.home, drafted, SECRETARY, "Secretaria")
    done = approve(archived.home, issued, MAYOR, "Alcaldesa", make)
    with archived.home.catalog.reading(INSTALLATION) as tx:
        events = tx.events_about(done.certification_id)
    assert [event.kind.rpartition(".")[2] for event in events] == [
        "drafted",
        "issued",
        "approved",
        "delivered",
    ]
    assert [event.agent for event in events][1:3] == ["account:secretaria", "account:alcaldesa"]
    assert "interesada" not in str(events)
    assert "vigor" not in str(events)


@pytest.mark.parametrize("text", ["", " ", "x" * 8001])
def test_text_is_needed(archived, record, text):
    """Nothing to certify, or a book."""
    with pytest.raises(InvalidRequest):
        draft(archived.home, "villar", text=text, object_id=record.object_id, agent="t")


def test_object_of_another_municipality_is_not_found(archived, record):
    """And drafts are listed with the newest first."""
    archived.home.add_tenant("ajeno", "Ayuntamiento Ajeno", "L01990033")
    with pytest.raises(NotFound):
        draft(archived.home, "ajeno", text="Que…", object_id=record.object_id, agent="t")
    numbers = [one.number for one in listed(archived.home, "villar")]
    assert numbers == sorted(numbers, reverse=True)

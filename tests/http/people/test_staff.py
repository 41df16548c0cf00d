# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from inhabited import ELSEWHERE, HERE, PASSWORD, Browser

from archive.identity import Right, Role
from archive.identity.consents import Consents
from archive.identity.keys import Keys

PEOPLE = f"/archivo/{HERE}/personas"
KEYS = f"/archivo/{HERE}/claves"
CONSENTS = f"/archivo/{HERE}/accesos"
LEDGER = f"/archivo/{HERE}/registro"
REASON = "Revisión de firmas, a petición de Secretaría"


def handed(page):
    return re.search(r"<code>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</code>", page)[1]


class TestPeople:
    def test_a_person_is_added_and_enters_with_what_was_handed(self, app, inside):
        """The password is shown once, and must be changed."""
        operator = inside("operadora")
        data = {"nombre": "Depositante", "cuenta": "Depositante", "funcion": ["depositor"]}
        answer = operator.post(PEOPLE, data)
        assert answer.status_code == 200
        browser = Browser(app)
        assert browser.enter("depositante", handed(answer.text)).headers["Location"] == "/cuenta"
        assert handed(answer.text) not in operator.get(PEOPLE).text

    def test_roles_count_at_once(self, inside, town):
        """Somebody who is inside may from the next page on what he was given, and no more what was taken."""
        operator, auditor = inside("operadora"), inside("auditora")
        assert auditor.get(LEDGER).status_code == 200
        one = f"{PEOPLE}/{town.people['auditora'].account_id}"
        operator.post(f"{one}/funciones", {"funcion": ["mayor"]}, page=one)
        assert auditor.get(LEDGER).status_code == 404
        operator.post(f"{one}/funciones", {"funcion": ["auditor", "citizen", "nada"]}, page=one)
        assert auditor.get(LEDGER).status_code == 200
        assert town.accounts.by_login("auditora").roles == {HERE: {Role.AUDITOR}}

    def test_a_reset_ends_sessions_and_forgets_the_telephone(self, app, inside, town):
        """A lost telephone is no way in either."""
        town.accounts.change(town.people["auditora"], "cli", "account.telephone", totp="sealed")
        operator = inside("operadora")
        one = f"{PEOPLE}/{town.people['auditora'].account_id}"
        answer = operator.post(f"{one}/clave", page=one)
        assert Browser(app).enter("auditora").status_code == 403
        assert Browser(app).enter("auditora", handed(answer.text)).headers["Location"] == "/cuenta"

    def test_a_closed_account_is_out_at_once(self, app, inside, town):
        """Its session and its password."""
        operator, auditor = inside("operadora"), inside("auditora")
        one = f"{PEOPLE}/{town.people['auditora'].account_id}"
        assert operator.post(f"{one}/cerrar", page=one).status_code == 303
        assert auditor.get("/cuenta").status_code == 302
        assert Browser(app).enter("auditora").status_code == 403

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            ({"nombre": "X", "cuenta": "vecina"}, 409), ({"nombre": "X", "cuenta": ""}, 400),
            ({"nombre": "", "cuenta": "vale"}, 400), ({"nombre": "X", "cuenta": "con espacio"}, 400),
        ],
    )  # fmt: skip
    def test_what_cannot_be_added_is_told_in_words(self, inside, data, status):
        """A name that is taken, none, one that cannot be."""
        answer = inside("operadora").post(PEOPLE, data)
        assert answer.status_code == status
        assert "Hay algo que corregir" in answer.text

    def test_a_name_with_script_is_text(self, inside):
        """In the list as everywhere."""
        operator = inside("operadora")
        operator.post(PEOPLE, {"nombre": "<script>alert(1)</script>", "cuenta": "malo"})
        page = operator.get(PEOPLE).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page

    def test_people_of_elsewhere_are_not_to_be_found(self, inside, town):
        """Their page, and what could be done to them, answer as what is not there."""
        operator = inside("operadora")
        for stranger in (town.people["vecina"].account_id, town.people["tecnica"].account_id, "nadie"):
            one = f"{PEOPLE}/{stranger}"
            answers = [operator.get(one)]
            answers += [
                operator.post(f"{one}/{act}", page=PEOPLE) for act in ("funciones", "clave", "cerrar")
            ]
            assert {answer.status_code for answer in answers} == {404}, stranger
        assert town.accounts.by_login("vecina").version == 1

    def test_somebody_of_the_province_is_shown_and_not_changed(self, inside, town):
        """An operator of all is listed where he operates."""
        tech = town.accounts.set_roles(town.people["tecnica"], HERE, [Role.OPERATOR], "cli")
        operator = inside("operadora")
        assert "De la provincia" in operator.get(PEOPLE).text
        one = f"{PEOPLE}/{tech.account_id}"
        assert "quien administra la instalación" in operator.get(one).text
        assert operator.post(f"{one}/cerrar", page=PEOPLE).status_code == 404


class TestKeys:
    def make(self, browser, **given):
        """Make a key by the form."""
        data = {"nombre": "Gestor", "permiso": ["deposit"], "dias": "30", **given}
        return browser.post(KEYS, data)

    def test_a_key_is_shown_once_and_opens(self, inside, town):
        """With the rights that were ticked and the end that was chosen."""
        operator = inside("operadora")
        text = re.search(r"lgv_[0-9a-f_]{81}", self.make(operator).text)[0]
        assert text not in operator.get(KEYS).text
        key = Keys(town.home).opened_by(text)
        assert key.rights == {Right.DEPOSIT}
        assert key.ends_at == town.clock.now() + timedelta(days=30)

    def test_rights_of_persons_cannot_be_ticked(self, inside, town):
        """Nor by a form that was tampered with."""
        operator = inside("operadora")
        assert 'value="certify"' not in operator.get(KEYS).text
        assert self.make(operator, permiso=["certify"]).status_code == 400
        assert list(Keys(town.home).of_tenant(HERE)) == []

    def test_a_key_is_revoked(self, inside, town):
        """From then on it opens nothing; one of elsewhere is not to be found."""
        key, text = Keys(town.home).make(HERE, "Gestor", [Right.INSPECT], "cli")
        other, _ = Keys(town.home).make(ELSEWHERE, "Otro", [Right.INSPECT], "cli")
        operator = inside("operadora")
        assert operator.post(f"{KEYS}/{other.key_id}/revocar", page=KEYS).status_code == 404
        assert operator.post(f"{KEYS}/{key.key_id}/revocar", page=KEYS).status_code == 303
        assert Keys(town.home).opened_by(text) is None

    def test_a_key_enters_where_its_rights_reach(self, app, town):
        """In its municipality; elsewhere the same 404 as what is not there; wrong or ended keys get 401."""
        key, text = Keys(town.home).make(
            HERE, "Auditoría", [Right.INSPECT], "cli", ends_at=town.clock.now() + timedelta(days=1)
        )
        client = app.test_client()

        def asked(address, bearer):
            headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
            return client.get(address, headers=headers, base_url="https://sede.example")

        assert asked(LEDGER, text).status_code == 200
        assert asked(KEYS, text).status_code == 404
        assert asked(f"/archivo/{ELSEWHERE}/registro", text).status_code == 404
        assert asked(LEDGER, text[:-1]).status_code == 401
        assert asked(LEDGER, "otra cosa").status_code == 401
        town.later(days=1)
        answer = asked(LEDGER, text)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Set-Cookie" not in answer.headers
        assert key.key_id not in answer.text

    def test_a_key_makes_neither_keys_nor_people(self, app, town):
        """Whoever steals one that administers must not make himself archivist: those pages are for persons."""
        _, text = Keys(town.home).make(HERE, "Avisos", [Right.ADMINISTER], "cli")
        bearer = {"Authorization": f"Bearer {text}"}
        client, people = app.test_client(), f"/archivo/{HERE}/personas"
        made = {"nombre": "Intrusa", "cuenta": "intrusa", "funcion": ["archivist"], "permiso": ["reserved"]}
        for address in (KEYS, people):
            for ask in (client.get, client.post):
                answer = ask(address, data=made, headers=bearer, base_url="https://sede.example")
                assert answer.status_code == 404
        assert town.accounts.by_login("intrusa") is None
        assert len(list(Keys(town.home).of_tenant(HERE))) == 1

    def test_guessing_keys_comes_to_an_end(self, app):
        """Sixty wrong ones a minute from one address, then a wait."""
        client = app.test_client()
        headers = {"Authorization": "Bearer lgv_x", "Accept": "application/json"}
        statuses = [client.get(LEDGER, headers=headers).status_code for _ in range(61)]
        assert statuses == [401] * 60 + [429]


class TestConsents:
    def ask(self, browser, **given):
        """Ask by the form."""
        data = {"municipio": HERE, "funcion": ["archivist"], "motivo": REASON, "dias": "7", **given}
        return browser.post("/cuenta/accesos", data)

    def consent(self, town):
        """Return the newest one."""
        return Consents(town.home).of_tenant(HERE)[0]

    def test_a_consent_from_asking_to_its_end(self, inside, town):
        """Asked for, granted by the archivist, good for a week; then the pages are not there any more."""
        tech, archivist = inside("tecnica"), inside("archivera")
        assert tech.get(LEDGER).status_code == 404
        assert self.ask(tech).status_code == 303
        assert tech.get(LEDGER).status_code == 404
        assert REASON in archivist.get(CONSENTS).text
        archivist.post(f"{CONSENTS}/{self.consent(town).consent_id}/consentir", page=CONSENTS)
        assert tech.get(LEDGER).status_code == 200
        town.later(days=7)
        assert inside("tecnica").get(LEDGER).status_code == 404

    def test_it_is_ended_before_its_time(self, inside, town):
        """By the secretary, at once."""
        tech, secretary = inside("tecnica"), inside("secretario")
        self.ask(tech)
        place = f"{CONSENTS}/{self.consent(town).consent_id}"
        secretary.post(f"{place}/consentir", page=CONSENTS)
        assert tech.get(LEDGER).status_code == 200
        secretary.post(f"{place}/terminar", page=CONSENTS)
        assert tech.get(LEDGER).status_code == 404

    def test_an_auditor_sees_and_does_not_settle(self, inside, town):
        """No button for him, and no way around it."""
        self.ask(inside("tecnica"))
        auditor = inside("auditora")
        page = auditor.get(CONSENTS).text
        assert REASON in page
        assert "consentir" not in page
        answer = auditor.post(f"{CONSENTS}/{self.consent(town).consent_id}/consentir", page="/cuenta")
        assert answer.status_code == 404

    @pytest.mark.parametrize(
        "given", [{"motivo": "x"}, {"municipio": "nadie"}, {"funcion": []}, {"funcion": ["secretary"]}]
    )
    def test_what_cannot_be_asked_for_is_told_in_words(self, inside, given):
        """Without reason, municipality or role that is lent."""
        answer = self.ask(inside("tecnica"), **given)
        assert answer.status_code == 400
        assert "Hay algo que corregir" in answer.text

    def test_only_the_province_asks(self, inside):
        """The page is not there for a municipality's people."""
        assert inside("vecina").get("/cuenta/accesos").status_code == 404


class TestLedger:
    def test_it_tells_who_looked_at_it(self, inside, town):
        """Reading the ledger is an event too, before the answer."""
        auditor = inside("auditora")
        auditor.get(LEDGER)
        with town.home.catalog.reading(HERE) as tx:
            last = tx.tenant_events(HERE)[-1]
        assert (last.kind, last.agent) == ("ledger.viewed", f"account:{town.people['auditora'].account_id}")

    def test_it_is_read_page_by_page_and_filtered(self, inside, town):
        """Newest first; by kind, by who, by what, by day."""
        for number in range(120):
            town.home.reads.note(HERE, "object.viewed", f"objeto-{number}", "account:x")
        auditor = inside("auditora")
        page = auditor.get(LEDGER).text
        assert "objeto-119" in page
        assert "objeto-60<" not in page
        older = re.search(r'href="([^"]*antes=\d+)"', page)[1].replace("&amp;", "&")
        assert "objeto-60<" in auditor.get(older).text
        found = auditor.get(f"{LEDGER}?que=objeto-7").text
        assert "objeto-7<" in found
        assert "objeto-8<" not in found
        assert "Ningún hecho" in auditor.get(f"{LEDGER}?hecho=copy.revoked").text
        assert "Ningún hecho" in auditor.get(f"{LEDGER}?hasta=2026-11-20").text
        assert "objeto-119" in auditor.get(f"{LEDGER}?desde=2026-11-21&hasta=2026-11-21&quien=account:x").text
        assert auditor.get(f"{LEDGER}?desde=nunca&antes=x&hasta=9999-99-99").status_code == 200

    def test_it_leaves_as_csv_without_limit_and_without_formulas(self, inside, town):
        """Every event, in a form that a spreadsheet does not run."""
        for number in range(1100):
            town.home.reads.note(HERE, "object.viewed", "=1+1", "account:x", {"n": number})
        answer = inside("auditora").get(f"{LEDGER}.csv?hecho=object.viewed")
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) == 1101
        assert rows[1][3] == "'=1+1"
        assert rows[1][5] == '{"n": 1099}'
        assert answer.mimetype == "text/csv"

    def test_staff_have_names_and_citizens_stay_numbers(self, inside, town):
        """Who did it can be told from the page, but not who asked for a copy."""
        from archive.identity.accounts import Account

        citizen = town.accounts.add(Account("", "Interesada Muy Privada", citizen=True, nif="00000000T"), "x")
        town.home.reads.note(HERE, "object.viewed", "x", f"federated:{citizen.account_id}")
        page = inside("auditora").get(LEDGER).text
        assert "Auditora" in page
        assert "Muy Privada" not in page
        assert citizen.account_id in page


def test_no_password_or_secret_is_in_any_page(inside, town):
    """Hashes, sealed secrets and digests of keys stay where they are."""
    Keys(town.home).make(HERE, "Gestor", [Right.DEPOSIT], "cli")
    operator = inside("operadora")
    one = f"{PEOPLE}/{town.people['auditora'].account_id}"
    for address in (PEOPLE, one, KEYS, CONSENTS, LEDGER, "/cuenta"):
        page = operator.get(address).text
        assert "argon2" not in page
        assert PASSWORD not in page
        for key in Keys(town.home).of_tenant(HERE):
            assert key.digest not in page

# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.web.about import own_path
from archive.web.i18n import COOKIE, LANGUAGES


def test_language_is_remembered_and_the_page_comes_back(client):
    """Choosing a language sets one cookie and returns to the page that was being read."""
    answer = client.get("/idioma/en?volver=/verificar")
    assert answer.status_code == 303
    assert answer.location == "/verificar"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=en;")
    assert "HttpOnly" in cookie
    assert '<html lang="en">' in client.get("/verificar").text


@pytest.mark.parametrize(
    "address",
    ["https://other.example/", "//other.example", "/\\other.example", "/\t/other", "verificar", "", "/a\nb"],
)
def test_nobody_is_sent_to_another_site(client, address):
    """An address that is not a path of ours leads to the first page."""
    assert own_path(address) == "/"
    assert client.get("/idioma/es", query_string={"volver": address}).location == "/"


def test_unknown_language_is_not_there(client):
    """A language that is not offered is an address like any other that does not exist."""
    assert client.get("/idioma/xx").status_code == 404


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_page_says_its_language(client, tag):
    """The document and the header say the tag that was chosen."""
    client.set_cookie(COOKIE, tag)
    for address in ("/", "/ayuda", "/accesibilidad", "/no/hay/nada"):
        answer = client.get(address)
        assert f'<html lang="{tag}">' in answer.text
        assert answer.headers["Content-Language"] == tag
        assert "Cookie" in answer.headers["Vary"]
        assert "Accept-Language" in answer.headers["Vary"]


def test_help_is_for_each_reader(client):
    """The index leads to pages that are there; another name is not found."""
    page = client.get("/ayuda").text
    for reader in ("ciudadania", "depositos", "archivo"):
        assert f'href="/ayuda/{reader}"' in page
        assert client.get(f"/ayuda/{reader}").status_code == 200
    assert client.get("/ayuda/otra").status_code == 404


def test_statement_has_every_part_that_the_model_asks(client):
    """Headings of the annex of Decisión de Ejecución (UE) 2018/1523, on a page that every other one links."""
    page = client.get("/accesibilidad").text
    for heading in (
        "Situación de cumplimiento", "Contenido no accesible", "Carga desproporcionada",
        "Preparación de la presente declaración de accesibilidad", "Observaciones y datos de contacto",
        "Procedimiento de aplicación",
    ):  # fmt: skip
        assert f">{heading}<" in page
    assert 'href="/accesibilidad"' in client.get("/").text

# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html
from reported import AT, BROKEN, EVERY, PASSED, SIGNER

from preservation.signatures.reports.page import MAX_SIGNATURES, report_page


def page(*reports, **options):
    """Return the page, parsed."""
    return html.document_fromstring(report_page(reports, at=AT, **options))


@pytest.mark.parametrize("report", EVERY)
def test_the_page_is_whole_and_alone(report):
    """Spanish, one first heading, no script and nothing fetched from elsewhere."""
    text = report_page([report], file="decreto.pdf", sha256="ab" * 32, at=AT)
    tree = html.document_fromstring(text)
    assert tree.get("lang") == "es"
    assert len(tree.findall(".//h1")) == 1
    assert not tree.xpath("//script | //link | //img | //iframe | //*[@onclick]")
    assert "url(" not in text
    assert "decreto.pdf" in text


def test_several_signatures_are_listed_before_they_are_told():
    """A table sums them up, and each row leads to its own part."""
    tree = page(PASSED, BROKEN, PASSED)
    assert tree.find(".//h1").text == "Contiene 3 firmas electrónicas: 2 válidas y 1 no válida"
    links = [each.get("href") for each in tree.xpath("//table[caption]//a")]
    assert links == ["#firma-1", "#firma-2", "#firma-3"]
    assert all(tree.xpath(f"//article[@id='{link[1:]}']") for link in links)


def test_a_file_without_signatures_says_so():
    """Nothing found is an answer too, with where it was looked for."""
    assert page().find(".//h1").text == "No se ha encontrado ninguna firma"
    assert "DOCX" in page().find(".//p[@class='notice']").text


def test_hostile_names_stay_text():
    """What a file says of itself is never markup."""
    evil = replace(
        PASSED,
        signer=replace(SIGNER, name="<script>alert(1)</script>"),
        place="<b>x</b>",
        covers=("<img src=x>",),
    )
    tree = page(evil, file="<i>f</i>.pdf")
    assert not tree.xpath("//script | //img | //i | //b")


def test_every_table_says_what_its_columns_are():
    """Accessible: header cells with their scope (RD 1112/2018, EN 301 549 9.1.3.1)."""
    tree = page(PASSED, BROKEN)
    assert tree.xpath("//table")
    assert all(table.xpath(".//th[@scope='col']") for table in tree.xpath("//table"))


def test_too_many_signatures_are_cut_and_said_so():
    """Ten thousand signatures give a page that a browser opens."""
    text = report_page([PASSED] * (MAX_SIGNATURES + 1), at=AT)
    assert text.count("<article") == MAX_SIGNATURES
    assert "501 firmas electrónicas" in text

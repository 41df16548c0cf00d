# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import unicodedata

import pytest

from search.text import Analysis, fold, identifiers, normalise, words

SPANISH = Analysis()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Resolución", "resoluciones"),
        ("resolucion", "RESOLUCIÓN"),
        ("año", "años"),
        ("juez", "jueces"),
        ("voz", "VOCES"),
        ("obra", "obras"),
        ("ruinosa", "ruinosas"),
        ("solicitamos", "solicitar"),
        ("decretado", "decretados"),
        ("país", "países"),
        ("urbanística", "urbanísticos"),
        ("Gonçalves", "goncalves"),
    ],
)
def test_forms_of_a_word_give_one_stem(one, other):
    """Accents, case, number and gender do not matter."""
    assert SPANISH.stems(one) == SPANISH.stems(other)


@pytest.mark.parametrize(
    ("one", "other"), [("año", "ano"), ("peña", "pena"), ("caña", "cana"), ("juez", "jugo")]
)
def test_different_words_stay_apart(one, other):
    """The ñ is a letter of its own, and stemming does not merge everything."""
    assert SPANISH.stems(one) != SPANISH.stems(other)


def test_catalan_forms_give_one_stem():
    """The Catalan analysis is ready: plurals with and without accent meet."""
    catalan = Analysis("catalan")
    assert catalan.stems("resolució") == catalan.stems("resolucions") == catalan.stems("RESOLUCIO")
    assert catalan.stems("plaça") == catalan.stems("placa")
    assert catalan.version != SPANISH.version


def test_decomposed_text_is_the_same_text():
    """A PDF that writes n + tilde and e + accent gives the words of the composed letters."""
    text = "Peña, año, débito, plaça, col·legi"
    assert SPANISH.stems(unicodedata.normalize("NFD", text)) == SPANISH.stems(text)


def test_ligatures_and_soft_hyphens_of_pdf_are_read():
    """Certi(fi)cado with a ligature and a hyphen that is not there is still certificado."""
    assert SPANISH.stems("certi\ufb01ca\u00addo") == SPANISH.stems("certificado")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ES_L01990019_2025_EXP_lic-0042", "es_l01990019_2025_exp_lic0042"),
        ("NIF 12.345.678-Z.", "12345678z"),
        ("núm. 2025/000123,", "2025/000123"),
        ("CSV: AB12-CD34-EF56", "ab12cd34ef56"),
    ],
)
def test_an_identifier_is_kept_whole(text, key):
    """Dots, hyphens and colons are decoration; underscore and slash belong to the identifier."""
    assert [found for found, _, _ in identifiers(fold(text))] == [key]
    assert key in SPANISH.analyse(text).exact


def test_parts_of_an_identifier_are_words_too():
    """The organ inside an ENI identifier is found by itself."""
    assert "l01990019" in SPANISH.analyse("ES_L01990019_2025_a1").stems


def test_monstrous_words_are_cut():
    """A megabyte of letters without a space is one short word."""
    (word, start, end) = next(words(fold("a" * 1_000_000)))
    assert (len(word), start, end) == (64, 0, 1_000_000)


def test_normalising_removes_what_cannot_be_encoded():
    """Lone surrogates and controls never reach an engine."""
    assert normalise("a\ud800b\x00c\u202ed") == "a b cd"

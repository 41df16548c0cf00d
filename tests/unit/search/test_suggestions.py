# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pytest
from indexed import DOCUMENT

from search.find import request_for
from search.memory_index import MemoryIndex
from search.sight import Sight
from search.suggestions import did_you_mean


@pytest.fixture(scope="module")
def index():
    """Some titles, one of them reserved."""
    index = MemoryIndex()
    titles = ["Licencia de obra", "Subvención deportiva", "Señalización", "Denuncia"]
    with index.writing() as writer:
        for number, title in enumerate(titles):
            hidden = "reservado" if title == "Denuncia" else "libre"
            writer.add(replace(DOCUMENT, path=f"p{number}", title=title, acceso=hidden))
        writer.commit(1)
    return index


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("lisencia", "licencia"),
        ("lisencia tipo:TD01 obra", "licencia tipo:TD01 obra"),
        ("subencion deportiba", "subvención deportiva"),
        ("senalizacion", "señalización"),
        ("licencia", ""),
        ("zzzz", ""),
        ('"lisencia"', ""),
        ("denumcia", ""),
    ],
)
def test_what_was_meant_is_offered(index, text, meant):
    """Words of titles that may be seen; fields, phrases and what is right stay as they are."""
    request = request_for(index, text, {"villa": Sight()})
    assert did_you_mean(index, text, request) == meant

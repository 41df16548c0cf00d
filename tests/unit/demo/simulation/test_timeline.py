# SPDX-License-Identifier: EUPL-1.2
"""The picture of a simulation: whole, readable, and telling what the chronicle tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from demo.simulation import drawing
from demo.simulation.chronicle import Chronicle, Kind, Standing, shown_algorithm
from demo.simulation.scenario import read_scenario
from demo.simulation.timeline import LEFT, RIGHT, WIDTH, timeline_svg

SVG = "{http://www.w3.org/2000/svg}"


def _at(year, month=6, day=1):
    return datetime(year, month, day, 12, tzinfo=UTC)


@pytest.fixture
def chronicle():
    """Thirty years with a theft, a retirement, some things mended, and a municipality that lost ten."""
    told = Chronicle()

    def tell(at, kind, es, **facts):
        told.tell(at, kind, (es, f"{es} (en)"), (f"{es}.", f"{es}."), **facts)

    for year in range(2026, 2056):
        tell(_at(year, 3), Kind.SEAL, "sellado", algorithm="sha256" if year < 2044 else "sha512")
        lost = 10 if year >= 2033 else 0
        told.standings += [
            Standing(year, "villanueva", 2 * (year - 2025), 0),
            Standing(year, "penaclara", 2 * (year - 2025) - lost, lost),
        ]
    tell(_at(2033, 5, 20), Kind.MISFORTUNE, "Boreal: claves robadas", authority="boreal")
    tell(_at(2033, 5, 21), Kind.DECISION, "Peñaclara: Alba & Céfiro")
    tell(_at(2034, 9, 15), Kind.MISFORTUNE, "renovación interrumpida")
    tell(_at(2034, 9, 16), Kind.MENDED, "renovación reanudada")
    tell(_at(2034, 9, 16), Kind.RENEWAL, "sello renovado", algorithm="sha256")
    tell(_at(2043, 4, 7), Kind.DECISION, "se retirará SHA-256", algorithm="sha256", since="2046-01-01")
    tell(_at(2045, 10), Kind.TREE_RENEWAL, "árbol renovado", algorithm="sha512")
    tell(_at(2055, 10), Kind.MISFORTUNE, "un incendio en el último año")
    return told


def _picture(chronicle, language="es"):
    return ET.fromstring(timeline_svg(read_scenario(), chronicle, 30, language))


def _texts(picture):
    return ["".join(each.itertext()) for each in picture.iter(f"{SVG}text")]


def test_it_says_what_happened_and_how_it_stands_in_the_end(chronicle):
    """Title, flags, authorities, algorithms, counts of marks and of objects."""
    texts = _texts(_picture(chronicle))
    for words in (
        "Treinta años de un archivo",
        "120 expedientes, 2 municipios, 2026–2056 · simulación sin valor legal",
        "renovación interrumpida · renovación reanudada",
        "Peñaclara: Alba & Céfiro",
        "Alba 3 · SHA-512",
        "60 de 60 probados",
        "50 de 60 probados",
        "10 sin prueba",
    ):
        assert words in texts
    assert "Thirty years of an archive" in _texts(_picture(chronicle, "en"))
    assert "10 not proven" in _texts(_picture(chronicle, "en"))


def test_what_fell_is_hatched_from_its_day_on(chronicle):
    """Boreal's bars from the theft on, SHA-256 from its retirement, Peñaclara's lost objects."""
    scale = drawing.Scale(_at(2026, 1), _at(2056, 1), LEFT, RIGHT)
    boxes = list(_picture(chronicle).iter(f"{SVG}rect"))
    fallen = [float(each.get("x")) for each in boxes if each.get("fill") == "url(#fallen)"]
    retired = [float(each.get("x")) for each in boxes if each.get("fill") == "url(#retired)"]
    # besides the legend's: two bars of Boreal, and twenty-three years of Peñaclara
    assert len(fallen) == 1 + 2 + 23
    assert fallen[0] == pytest.approx(scale.x(_at(2033, 5, 20)), abs=0.5)
    assert min(fallen) == pytest.approx(scale.x(_at(2033, 1)), abs=3)
    assert retired[0] == pytest.approx(scale.x(_at(2046, 1)), abs=0.5)
    assert len(retired) == 1 + 1


def test_no_pole_of_a_flag_runs_through_the_words_of_another(chronicle):
    """Whoever stands under the words of another has a row below it, and nothing leaves the paper."""
    for month in range(1, 12):
        chronicle.tell(_at(2030, month), Kind.DECISION, (f"decisión del mes {month}",) * 2, ("x", "x"))
    picture = _picture(chronicle)
    flags = {
        re.match(r"M([\d.]+) ([\d.]+)[lh]1[13]", each.get("d")) for each in picture.iter(f"{SVG}path")
    } - {None}
    poles = {(float(found[1]), float(found[2])) for found in flags}
    words = [
        (float(each.get("x")), float(each.get("y")), each.get("text-anchor"), "".join(each.itertext()))
        for each in picture.iter(f"{SVG}text")
        if each.find(f"{SVG}tspan") is not None
    ]
    assert len(words) >= 16
    for x, y, anchor, said in words:
        width = drawing.width_of(said)
        left, right = (x, x + width) if anchor == "start" else (x - width, x)
        assert left > 0
        assert right < WIDTH
        assert not [pole for pole in poles if left < pole[0] < right and pole[1] < y - 12], said


@pytest.mark.parametrize(
    ("name", "shown"), [("sha256", "SHA-256"), ("sha512", "SHA-512"), ("sha3_512", "SHA3-512")]
)
def test_algorithms_are_written_as_people_do(name, shown):
    """Not as hashlib has them."""
    assert shown_algorithm(name) == shown

# SPDX-License-Identifier: EUPL-1.2
"""A simulation as one picture (SVG): years across, and below each other what happened and what it was worth.

Misfortunes are flags; authorities' certificates and algorithms are bars, hatched from the day on which they
prove nothing; seals and renewals are marks; at the bottom stand the objects of each municipality, proven or
not. No colour carries a meaning alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from demo.simulation import drawing as draw
from demo.simulation.chronicle import Chronicle, Entry, Kind, Standing, shown_algorithm
from demo.simulation.scenario import AuthorityPlan, Scenario

WIDTH: Final = 1280
LEFT: Final = 190
RIGHT: Final = 1105
ROW: Final = 19
LABEL_ROW: Final = 17
AREA: Final = 92
YEARS: Final = 38
"""Height of the line of years, from the last area's bottom."""
_SOON: Final = timedelta(days=4)
_WORDS: Final = {
    "es": {
        "title": "{years} años de un archivo",
        "subtitle": "{objects} expedientes, {towns} municipios, {first}–{last} · simulación sin valor legal",
        "misfortunes": "Qué pasó",
        "authorities": "Quién sella",
        "algorithms": "Algoritmos",
        "evidence": "Pruebas",
        "seal": "sellado",
        "renewal": "renovación del sello",
        "tree-renewal": "renovación del árbol",
        "objects": "Expedientes",
        "misfortune": "desgracia",
        "decision": "decisión",
        "mended": "remedio",
        "valid": "certificado en vigor",
        "fallen": "revocado, o sin prueba",
        "retired": "algoritmo retirado",
        "proven": "probado",
        "all": "{proven} de {all} probados",
        "some": "{unproven} sin prueba",
        "none": "ninguno sin prueba",
    },
    "en": {
        "title": "{years} years of an archive",
        "subtitle": "{objects} expedientes, {towns} towns, {first}–{last} · simulation, no legal value",
        "misfortunes": "What happened",
        "authorities": "Who stamps",
        "algorithms": "Algorithms",
        "evidence": "Evidence",
        "seal": "sealing",
        "renewal": "time-stamp renewal",
        "tree-renewal": "hash-tree renewal",
        "objects": "Expedientes",
        "misfortune": "misfortune",
        "decision": "decision",
        "mended": "mended",
        "valid": "certificate in force",
        "fallen": "revoked, or not proven",
        "retired": "algorithm retired",
        "proven": "proven",
        "all": "{proven} of {all} proven",
        "some": "{unproven} not proven",
        "none": "none without proof",
    },
}
_COLOURS: Final = {Kind.MISFORTUNE: draw.RED, Kind.DECISION: draw.NAVY, Kind.MENDED: draw.GREEN}
_PENNANTS: Final = {Kind.MISFORTUNE: "pointed", Kind.DECISION: "square", Kind.MENDED: "hollow"}


def timeline_svg(scenario: Scenario, chronicle: Chronicle, years: int, language: str = "es") -> str:
    """Return the picture.

    Args:
        scenario: What was to happen: authorities and municipalities.
        chronicle: What happened.
        years: How many were lived.
        language: `es` or `en`.
    """
    picture = _Picture(scenario, chronicle, years, language)
    picture.draw()
    height = picture.y + 24
    size = f'width="{WIDTH}" height="{height:g}"'
    face = "font-family=\"'Source Sans 3', 'Noto Sans', 'DejaVu Sans', sans-serif\""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" {size} {face}>'
    return (
        "\n".join([head, draw.DEFS, draw.box(0, 0, WIDTH, height, "#ffffff"), *picture.parts, "</svg>"])
        + "\n"
    )


class _Picture:
    """The picture as it grows downwards."""

    def __init__(self, scenario: Scenario, chronicle: Chronicle, years: int, language: str) -> None:
        self.scenario = scenario
        self.chronicle = chronicle
        self.language = language
        self.first, self.last = scenario.starts, scenario.starts + years
        self.scale = draw.Scale(_new_year(self.first), _new_year(self.last), LEFT, RIGHT)
        self.parts: list[str] = []
        self.y = 0.0

    def draw(self) -> None:
        """Put everything in."""
        self._heading()
        poles = self._flags()
        top = self.y
        below: list[str] = []
        self.parts, above = below, self.parts
        self._authorities()
        self._algorithms()
        self._evidence()
        self._objects()
        self._years()
        bottom = self.y - YEARS
        # behind the bars, the years; in front of the years, the poles of the flags
        grid = [
            draw.line(self.scale.x(_new_year(year)), top, self.scale.x(_new_year(year)), bottom)
            for year in range(self.first, self.last + 1, 5)
        ]
        poles_drawn = [draw.line(x, top, x, bottom, fill, dash="2 4") for x, fill in poles]
        self.parts = [*above, *grid, *below, *poles_drawn]
        self._legend()

    def _word(self, name: str, **values: object) -> str:
        return _WORDS[self.language][name].format(**values)

    def _heading(self) -> None:
        years = self.last - self.first
        title = "Treinta" if years == 30 and self.language == "es" else years
        title = "Thirty" if years == 30 and self.language == "en" else title
        last = [each for each in self.chronicle.standings if each.year == self.last - 1]
        objects = sum(each.proven + each.unproven for each in last)
        self.parts.append(draw.text(24, 42, self._word("title", years=title), size=25, bold=True))
        subtitle = self._word(
            "subtitle",
            objects=objects,
            towns=len(self.scenario.municipalities),
            first=self.first,
            last=self.last,
        )
        self.parts.append(draw.text(24, 64, subtitle, size=13.5, fill=draw.QUIET))
        self.y = 84

    def _section(self, name: str) -> None:
        self.parts.append(draw.line(24, self.y, WIDTH - 24, self.y, "#9aa3ab"))
        self.parts.append(draw.text(24, self.y + 18, self._word(name), size=14, bold=True))

    def _flags(self) -> list[tuple[float, str]]:
        """Draw the flags with their words; return where the poles of misfortunes stand, and their colour."""
        self._section("misfortunes")
        groups = _together(_once(self.chronicle.of(Kind.MISFORTUNE, Kind.DECISION, Kind.MENDED)))
        # No pole crosses words: whoever stands under the words of another has a row below it.
        placed: list[tuple[float, float, int]] = []
        for group in groups:
            x = self.scale.x(group[0].at)
            width = draw.width_of(" · ".join(map(self._said, group))) + 30
            start = x if x + width < WIDTH - 20 else x - width
            below = [row for begin, end, row in placed if begin < start + width and start < end]
            placed.append((start, start + width, max(below, default=-1) + 1))
        top = self.y + 10
        bottom = top + 8 + LABEL_ROW * (1 + max((row for _, _, row in placed), default=0))
        for group, (start, _, row) in zip(groups, placed, strict=True):
            x, y, fill = self.scale.x(group[0].at), top + row * LABEL_ROW, _COLOURS[group[0].kind]
            self.parts.append(draw.flag(x, y, bottom, fill, _PENNANTS[group[0].kind]))
            words = [(self._said(each), _COLOURS[each.kind]) for each in group]
            place, anchor = (x - 5, "end") if start < x else (x + 17, "start")
            self.parts.append(draw.coloured(place, y + 9, words, anchor=anchor))
        self.y = bottom + 8
        poles = (group[0] for group in groups if group[0].kind is Kind.MISFORTUNE)
        return [(self.scale.x(each.at), _COLOURS[each.kind]) for each in poles]

    def _said(self, entry: Entry) -> str:
        return entry.title.es if self.language == "es" else entry.title.en

    def _authorities(self) -> None:
        self._section("authorities")
        fallen = {
            str(each.facts["authority"]): each.at
            for each in self.chronicle.of(Kind.MISFORTUNE)
            if "authority" in each.facts
        }
        self.y += 8
        for plan in self.scenario.authorities:
            self.parts.append(draw.text(LEFT - 12, self.y + 24, plan.title, size=13, anchor="end"))
            self._units(plan, fallen.get(plan.name))
            self.y += 2 * ROW + 8
        self.y += 4

    def _units(self, plan: AuthorityPlan, fallen: datetime | None) -> None:
        for number, unit in enumerate(plan.units):
            start, end = self.scale.x(unit.window.start), self.scale.x(unit.window.end)
            if end <= LEFT or start >= RIGHT:
                continue
            y = self.y + (number % 2) * ROW
            alive = end if fallen is None else max(start, min(end, self.scale.x(fallen)))
            self.parts.append(
                draw.box(start, y, alive - start, ROW - 4, draw.BLUE if number % 2 else draw.NAVY)
            )
            if alive < end:
                self.parts.append(draw.box(alive, y, end - alive, ROW - 4, "url(#fallen)", draw.RED))
            name = f"{plan.title} {number + 1}"
            for words in (f"{name} · {shown_algorithm(unit.digest)}", name):
                if alive - start > draw.width_of(words, 11) + 10:
                    self.parts.append(draw.text(start + 6, y + 11, words, size=11, fill="#ffffff"))
                    break
        if fallen is not None:
            self.parts.append(draw.cross(self.scale.x(fallen), self.y + ROW - 2))

    def _algorithms(self) -> None:
        self._section("algorithms")
        self.y += 8
        retired = {
            str(each.facts["algorithm"]): _new_year_of(str(each.facts["since"]))
            for each in self.chronicle.of(Kind.DECISION)
            if "algorithm" in each.facts
        }
        used: dict[str, datetime] = {}
        for each in self.chronicle.of(Kind.SEAL, Kind.RENEWAL, Kind.TREE_RENEWAL):
            used.setdefault(str(each.facts["algorithm"]), each.at)
        for name, since in used.items():
            start, end = self.scale.x(since), self.scale.x(retired.get(name, _new_year(self.last)))
            words = shown_algorithm(name)
            self.parts.append(draw.text(LEFT - 12, self.y + 12, words, size=13, anchor="end"))
            self.parts.append(draw.box(start, self.y, end - start, ROW - 4, draw.BLUE))
            if end < RIGHT:
                self.parts.append(draw.box(end, self.y, RIGHT - end, ROW - 4, "url(#retired)", "#8a8f94"))
            self.y += ROW + 2
        self.y += 6

    def _evidence(self) -> None:
        self._section("evidence")
        self.y += 8
        for kind in (Kind.SEAL, Kind.RENEWAL, Kind.TREE_RENEWAL):
            y = self.y + 8
            self.parts.append(draw.text(LEFT - 12, y + 4, self._word(kind), size=13, anchor="end"))
            self.parts.append(draw.line(LEFT, y, RIGHT, y))
            days = {each.at.date(): each.at for each in self.chronicle.of(kind)}
            self.parts += [_mark(kind, self.scale.x(at), y) for at in days.values()]
            count = len(self.chronicle.of(kind))
            self.parts.append(draw.text(RIGHT + 12, y + 4, str(count), size=13, fill=draw.QUIET))
            self.y += ROW + 5
        self.y += 4

    def _objects(self) -> None:
        self._section("objects")
        self.y += 10
        most = max((each.proven + each.unproven for each in self.chronicle.standings), default=1)
        for town in self.scenario.municipalities:
            own = [each for each in self.chronicle.standings if each.tenant == town.tenant]
            self._area(town.name, own, most)
            self.y += AREA + 18

    def _area(self, name: str, own: Sequence[Standing], most: int) -> None:
        bottom = self.y + AREA
        for part, words in enumerate(_in_two(name)):
            self.parts.append(
                draw.text(LEFT - 12, self.y + AREA / 2 + part * 16, words, size=13, anchor="end")
            )
        self.parts.append(draw.box(LEFT, self.y, RIGHT - LEFT, AREA, draw.BAND))
        width = (RIGHT - LEFT) / max(1, self.last - self.first)
        for each in own:
            x = self.scale.x(_new_year(each.year))
            high = AREA * each.proven / most * 0.94
            lost = AREA * each.unproven / most * 0.94
            self.parts.append(draw.box(x + 1, bottom - high, width - 2, high, draw.NAVY))
            if lost:
                self.parts.append(
                    draw.box(x + 1, bottom - high - lost, width - 2, lost, "url(#fallen)", draw.RED)
                )
        self.parts.append(draw.line(LEFT, bottom, RIGHT, bottom, draw.INK))
        if own:
            self._sum(own[-1])

    def _sum(self, last: Standing) -> None:
        middle = self.y + AREA / 2
        said = self._word("all", proven=last.proven, all=last.proven + last.unproven)
        self.parts.append(draw.text(RIGHT + 12, middle, said, size=13, bold=True))
        if last.unproven:
            words = self._word("some", unproven=last.unproven)
            self.parts.append(draw.text(RIGHT + 12, middle + 18, words, size=13, fill=draw.RED, bold=True))
        else:
            self.parts.append(
                draw.text(RIGHT + 12, middle + 18, self._word("none"), size=13, fill=draw.QUIET)
            )

    def _years(self) -> None:
        for year in range(self.first, self.last + 1, 5 if self.last - self.first > 12 else 1):
            x = self.scale.x(_new_year(year))
            self.parts.append(draw.text(x, self.y + 2, str(year), size=13, anchor="middle"))
        self.y += 22

    def _legend(self) -> None:
        x, y = 24.0, self.y + 14
        for kind in (Kind.MISFORTUNE, Kind.MENDED, Kind.DECISION):
            self.parts.append(draw.flag(x, y - 10, y + 3, _COLOURS[kind], _PENNANTS[kind]))
            x = self._named(x + 18, y, str(kind))
        for fill, stroke, name in (
            (draw.NAVY, "none", "valid"),
            ("url(#fallen)", draw.RED, "fallen"),
            ("url(#retired)", "#8a8f94", "retired"),
        ):
            self.parts.append(draw.box(x, y - 9, 22, 12, fill, stroke))
            x = self._named(x + 28, y, name)
        for kind in (Kind.SEAL, Kind.RENEWAL, Kind.TREE_RENEWAL):
            self.parts.append(_mark(kind, x + 8, y - 4))
            x = self._named(x + 22, y, str(kind))
        self.y = y

    def _named(self, x: float, y: float, name: str) -> float:
        self.parts.append(draw.text(x, y, self._word(name)))
        return x + draw.width_of(self._word(name)) + 17


def _mark(kind: Kind, x: float, y: float) -> str:
    if kind is Kind.SEAL:
        return draw.disc(x, y, 4.5, "#ffffff", draw.NAVY)
    return draw.diamond(x, y, draw.NAVY) if kind is Kind.RENEWAL else draw.tree(x, y, draw.NAVY)


def _once(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries without those of a day and kind that say the same, in the order of time."""
    seen: dict[tuple[object, ...], Entry] = {}
    for each in entries:
        seen.setdefault((each.at.date(), each.kind, each.title.es), each)
    return sorted(seen.values(), key=lambda each: each.at)


def _together(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Put what was mended within some days to its misfortune: one flag tells both."""
    groups: list[list[Entry]] = []
    for each in entries:
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and each.kind is Kind.MENDED
            and last.kind is Kind.MISFORTUNE
            and each.at - last.at < _SOON
        ):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _in_two(name: str) -> list[str]:
    """Break a long name once."""
    words = name.split()
    return [name] if len(name) < 16 else [words[0], " ".join(words[1:])]


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _new_year_of(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)

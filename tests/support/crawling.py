# SPDX-License-Identifier: EUPL-1.2
"""Walks an application by its links, as each reader, so that a new page is looked at without anybody naming it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.exceptions import HTTPException

LEFT_OUT = ("/idioma/", "/static/", "/salir", "/api/")
"""Languages are gone through by themselves; files and interfaces are no pages."""

DOCUMENT = (
    "/documento/<int:number>",
    "/copias/<request_id>",
    "/mis-solicitudes/<request_id>",
    "/certificaciones/<certification_id>",
)
"""Rules whose pages are built in many ways: each format, each state."""
MANY = 24
OF_A_RULE = 6
"""However many kinds there are: filters of filters go on without end."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page that a reader came to."""

    reader: str
    address: str
    rule: str
    """Of the program: `/archivo/<tenant_id>/buscar`."""
    status: int
    is_page: bool
    """HTML, not something to be downloaded."""
    shape: str = ""
    """Its elements and their classes, without words and values: pages of one shape are built alike."""


def crawl(
    app: Flask, reader: str, cookies: dict[str, str], seeds: Iterable[str] = ("/",), *, of_a_kind: int = 2
) -> list[Page]:
    """Return what a reader reaches, with so many of each kind (rule and names of parameters).

    Of documents many are taken: each format is shown in a way of its own.
    """
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    waiting, seen, found = deque(seeds), set[str](), list[Page]()
    kinds, rules = Counter[tuple[str, ...]](), Counter[str]()
    while waiting:
        address = waiting.popleft()
        rule = rule_of(app, address)
        kind = (rule, *sorted({name for name, _ in parse_qsl(urlsplit(address).query)}))
        many = MANY if rule.endswith(DOCUMENT) else 1
        enough = kinds[kind] >= many * of_a_kind or rules[rule] >= many * OF_A_RULE
        if address in seen or not rule or enough:
            continue
        seen.add(address)
        kinds[kind] += 1
        rules[rule] += 1
        with client.get(address) as answer:
            is_page = answer.mimetype == "text/html"
            tree = html.fromstring(answer.text) if is_page else None
            shape = "" if tree is None else _shape(tree)
            found.append(Page(reader, address, rule, answer.status_code, is_page, shape))
            if tree is not None:
                waiting.extend(_onward(address, tree))
    return found


def rule_of(app: Flask, address: str) -> str:
    """Return the rule that answers a GET of an address; empty for none and for what is left out."""
    path = urlsplit(address).path
    if path.startswith(LEFT_OUT):
        return ""
    try:
        rule, _ = app.url_map.bind("localhost").match(path, return_rule=True)
    except HTTPException:
        return ""
    return str(rule.rule)


def page_rules(app: Flask) -> set[str]:
    """Return the rules that answer a GET and are not left out."""
    rules = {str(rule.rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return {rule for rule in rules if not rule.startswith(LEFT_OUT)}


def _shape(tree: html.HtmlElement) -> str:
    kinds = sorted(
        {
            f"{each.tag}.{each.get('class', '')}.{each.get('type', '')}"
            for each in tree.iter(tag=None)
            if isinstance(each.tag, str)
        }
    )
    return sha256("\n".join(kinds).encode()).hexdigest()


def _onward(here: str, tree: html.HtmlElement) -> Iterable[str]:
    for href in tree.xpath(
        "//a/@href | //iframe/@src | //img/@src | //video/@src | //audio/@src | //source/@src"
    ):
        target = urldefrag(urljoin(here, str(href))).url
        if target.startswith("/"):
            yield target
    for form in tree.xpath("//form[not(@method) or @method='get']"):
        given = [(name, value) for name, value in form.form_values() if isinstance(value, str)]
        yield urldefrag(urljoin(here, str(form.action or ""))).url + (f"?{urlencode(given)}" if given else "")

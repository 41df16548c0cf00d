# SPDX-License-Identifier: EUPL-1.2
"""The XPath that signers write in transforms, read by a small grammar of our own and nothing more.

An XPath of a stranger's is a program: it may be quadratic, and it may choose text or attributes one by one so
that what people read is not what was signed. So only expressions that choose whole subtrees are understood,
each in time linear to the document; every other is refused, never guessed.

* `boolean_choice` (XPath transform): `ancestor-or-self::T`, `not(…)`, `and`, `or`, `.`, `true()`, and the
  comparison of counts with `here()` that XML Signature 6.6.4 gives for the enveloped signature.
* `path_choice` (XPath Filter 2): location paths by child and descendant steps, `id('…')`,
  `here()/ancestor::T[1]`, unions of them.

T is a qualified name or `*` with predicates over attributes, names and (of steps) a position.

Source: XML Signature 1.1 section 6.6.3 and 6.6.4; XML-Signature XPath Filter 2.0 section 3; XPath 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from preservation.signatures.facts import Unsupported

MAX_EXPRESSION: Final = 2_000
MAX_BRACKETS: Final = 50
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<literal>'[^']*'|\"[^\"]*\")|(?P<number>\d{1,6})|(?P<sign>::|//|[/()\[\]@=,|*.>])"
    r"|(?P<name>[A-Za-z_][\w.-]*(?::(?!:)[A-Za-z_][\w.-]*)?))"
)
_NAMES: Final = {"local-name": "local", "name": "qualified", "namespace-uri": "space"}

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which nodes stay: those in the subtrees of `keep` (all where None), less the subtrees of `drop`."""

    keep: tuple[Any, ...] | None = None
    drop: tuple[Any, ...] = ()
    inner: bool = False
    """Of `keep`, what stands inside: `…/node()`."""


@dataclass(frozen=True, slots=True)
class Where:
    """What an expression is evaluated against."""

    tree: Any
    namespaces: Mapping[str, str]
    signature: Any
    """The ds:Signature in which the expression stands: `here()`."""
    by_id: Mapping[str, list[Any]] = field(default_factory=dict)


def outermost(elements: Iterable[Any]) -> tuple[Any, ...]:
    """Return the elements that stand in no other of them, in the order given."""
    listed = list(dict.fromkeys(elements))
    chosen = set(listed)
    return tuple(each for each in listed if not any(above in chosen for above in each.iterancestors()))


def common(some: Iterable[Any], others: Iterable[Any]) -> tuple[Any, ...]:
    """Return the roots of what two families of subtrees share."""
    first, second = list(some), list(others)
    both = (set(first), set(second))
    inside = [each for each in first if _within(each, both[1])] + [
        each for each in second if _within(each, both[0])
    ]
    return outermost(inside)


def _within(element: Any, family: set[Any]) -> bool:
    return element in family or any(above in family for above in element.iterancestors())


def boolean_choice(text: str, where: Where) -> Choice:
    """Read the expression of an XPath transform.

    Raises:
        Unsupported: An expression beyond the grammar.
    """
    enveloped = _enveloped(text, where)
    if enveloped is not None:
        return enveloped
    parser = _Parser(text, where)
    choice = parser.either()
    parser.end()
    return choice


def path_choice(text: str, where: Where) -> Choice:
    """Return the roots of the subtrees that an XPath Filter 2 expression chooses, as `keep`.

    Raises:
        Unsupported: An expression beyond the grammar.
    """
    parser = _Parser(text.removesuffix("/node()"), where)
    found = parser.union()
    parser.end()
    return Choice(outermost(found), inner=text.endswith("/node()"))


_ENVELOPED: Final = re.compile(
    r"count\(ancestor-or-self::(?P<a>[\w.-]+:Signature)\|here\(\)/ancestor::(?P<b>[\w.-]+:Signature)\[1\]\)"
    r">count\(ancestor-or-self::(?P<c>[\w.-]+:Signature)\)"
)


def _enveloped(text: str, where: Where) -> Choice | None:
    found = _ENVELOPED.fullmatch("".join(text.split()))
    if found is None:
        return None
    names = {_expanded(found[each], where.namespaces) for each in "abc"}
    if names != {where.signature.tag}:
        raise Unsupported(f"XPath {text[:80]}")
    return (
        Choice(drop=(where.signature,))
        if where.signature.getroottree().getroot() is _root(where)
        else Choice()
    )


def _root(where: Where) -> Any:
    return where.tree.getroot()


def _expanded(name: str, namespaces: Mapping[str, str]) -> str:
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return local  # XPath 1.0: a name without prefix is in no namespace
    if prefix not in namespaces:
        raise Unsupported(f"XPath with the unbound prefix {prefix[:40]}")
    return f"{{{namespaces[prefix]}}}{local}"


class _Parser:
    """Recursive descent; whatever it does not expect is refused."""

    def __init__(self, text: str, where: Where) -> None:
        self._text = text
        self._where = where
        self._tokens = self._split(text)
        self._at = 0

    def _split(self, text: str) -> list[tuple[str, str]]:
        if len(text) > MAX_EXPRESSION or text.count("(") > MAX_BRACKETS:
            raise Unsupported("an XPath of thousands of letters or scores of brackets")
        found, at = [], 0
        text = text.rstrip()
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise self._refused()
            found.append((str(token.lastgroup), str(token[str(token.lastgroup)])))
            at = token.end()
        return found

    def _refused(self) -> Unsupported:
        return Unsupported(f"XPath {' '.join(self._text.split())[:80]}")

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _take(self, *values: str) -> bool:
        """Go over these tokens where they come next."""
        ahead = [value for _, value in self._tokens[self._at : self._at + len(values)]]
        if ahead != list(values):
            return False
        self._at += len(values)
        return True

    def _need(self, *values: str) -> None:
        if not self._take(*values):
            raise self._refused()

    def end(self) -> None:
        """Require that everything was read."""
        if self._at != len(self._tokens):
            raise self._refused()

    def either(self) -> Choice:
        """Read alternatives."""
        found = self._all()
        while self._take("or"):
            other = self._all()
            if found.keep is not None and other.keep is not None and not (found.drop or other.drop):
                found = Choice(outermost((*found.keep, *other.keep)))
            elif found.keep is None and other.keep is None:
                found = Choice(drop=common(found.drop, other.drop))
            else:
                raise self._refused()
        return found

    def _all(self) -> Choice:
        found = self._one()
        while self._take("and"):
            other = self._one()
            keep = found.keep if other.keep is None else other.keep
            if found.keep is not None and other.keep is not None:
                keep = common(found.keep, other.keep)
            found = Choice(keep, outermost((*found.drop, *other.drop)))
        return found

    def _one(self) -> Choice:
        if self._take("not", "("):
            inner = self.either()
            self._need(")")
            if inner.keep is None:
                return Choice(keep=inner.drop)
            if inner.drop:
                raise self._refused()
            return Choice(drop=inner.keep)
        if self._take("("):
            inner = self.either()
            self._need(")")
            return inner
        if self._take("true", "(", ")") or self._take("."):
            return Choice()
        self._need("ancestor-or-self", "::")
        test, position = self._test()
        if position is not None:
            raise self._refused()
        return Choice(keep=outermost(each for each in self._where.tree.iter("*") if test(each)))

    def union(self) -> list[Any]:
        """Read paths joined by bars."""
        found = self._path()
        while self._take("|"):
            found = [*found, *self._path()]
        return found

    def _path(self) -> list[Any]:
        if self._take("here", "(", ")", "/", "ancestor", "::"):
            test, position = self._test()
            above = [each for each in self._up() if test(each)]
            return above if position is None else above[position - 1 : position]
        if self._take("id", "("):
            found = self._where.by_id.get(self._literal(), [])
            self._need(")")
            if len(found) > 1:
                raise self._refused()
            return self._steps(list(found))
        start = "//" if self._take("//") else "/"
        if start == "/" and self._take("/") and not self._next()[0]:
            return [_root(self._where)]
        return self._steps(self._step(None, start))

    def _up(self) -> list[Any]:
        signature = self._where.signature
        return [signature, *signature.iterancestors()]

    def _steps(self, found: list[Any]) -> list[Any]:
        while self._next()[1] in {"/", "//"}:
            axis = self._next()[1]
            self._at += 1
            found = self._step(found, axis)
        return found

    def _step(self, parents: list[Any] | None, axis: str) -> list[Any]:
        """Go down from these elements, or from the document."""
        descend = axis == "//"
        positional = True
        if self._take("descendant", "::") or self._take("descendant-or-self", "::"):
            # the two differ for the elements they start from, which are told apart for the document alone
            if parents is not None:
                raise self._refused()
            descend, positional = True, False
        else:
            self._take("child", "::")
        test, position = self._test()
        if position is not None and not positional:
            raise self._refused()
        if parents is None:
            root = _root(self._where)
            candidates: Iterable[Any] = root.iter("*") if descend else [root]
        elif descend:
            candidates = (each for top in outermost(parents) for each in top.iterdescendants("*"))
        else:
            candidates = (each for top in parents for each in top.iterchildren("*"))
        found = [each for each in candidates if test(each)]
        return found if position is None else _numbered(found, position)

    def _test(self) -> tuple[Test, int | None]:
        kind, value = self._next()
        self._at += 1
        if kind == "name":
            wanted = _expanded(value, self._where.namespaces)
            tests: list[Test] = [lambda each: each.tag == wanted]
        elif value == "*":
            tests = []
        else:
            raise self._refused()
        position = None
        while self._take("["):
            kind, value = self._next()
            if kind == "number":
                if position is not None or tests[1:] or int(value) < 1:
                    raise self._refused()
                self._at += 1
                position = int(value)
            elif position is not None:
                raise self._refused()
            else:
                tests.append(self._predicate())
            self._need("]")
        return (lambda each: all(test(each) for test in tests)), position

    def _predicate(self) -> Test:
        found = self._comparison()
        while self._next()[1] in {"or", "and"}:
            joint = self._next()[1]
            self._at += 1
            if joint == "and":
                raise self._refused()
            found = _any_of(found, self._comparison())
        return found

    def _comparison(self) -> Test:
        if self._take("@"):
            kind, name = self._next()
            if kind != "name":
                raise self._refused()
            self._at += 1
            wanted = _expanded(name, self._where.namespaces)
            self._need("=")
            value = self._literal()
            return lambda each: each.get(wanted) == value
        if self._take("starts-with", "(", "local-name", "(", ")", ","):
            start = self._literal()
            self._need(")")
            return lambda each: _said(each, "local").startswith(start)
        kind, name = self._next()
        if name not in _NAMES:
            raise self._refused()
        self._at += 1
        self._need("(", ")", "=")
        told = self._literal()
        return lambda each: _said(each, _NAMES[name]) == told

    def _literal(self) -> str:
        kind, value = self._next()
        if kind != "literal":
            raise self._refused()
        self._at += 1
        return value[1:-1]


def _any_of(one: Test, other: Test) -> Test:
    return lambda each: one(each) or other(each)


def _said(element: Any, what: str) -> str:
    space, _, local = str(element.tag).rpartition("}")
    if what == "space":
        return space[1:]
    if what == "qualified" and element.prefix:
        return f"{element.prefix}:{local}"
    return local


def _numbered(found: list[Any], position: int) -> list[Any]:
    """Keep the nth match of each parent."""
    seen: dict[Any, int] = {}
    kept = []
    for each in found:
        parent = each.getparent()
        seen[parent] = seen.get(parent, 0) + 1
        if seen[parent] == position:
            kept.append(each)
    return kept

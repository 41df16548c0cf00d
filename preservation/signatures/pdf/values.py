# SPDX-License-Identifier: EUPL-1.2
"""Values of two revisions beside each other: equal, grown, or changed."""

from __future__ import annotations

from typing import Any, Final

from preservation.signatures.pdf.document import View
from preservation.signatures.pdf.syntax import Dictionary, Ref, Stream
from preservation.signatures.pdf.text import decode_text

MAX_PARENTS: Final = 32


def equal(old: Any, new: Any, before: View, after: View) -> bool:
    """Tell whether two objects say the same; of streams the encoded octets count."""
    if isinstance(old, Stream) and isinstance(new, Stream):
        if _without(old.dictionary, "Length") != _without(new.dictionary, "Length"):
            return False
        lengths = before.resolve(old.dictionary.get("Length")), after.resolve(new.dictionary.get("Length"))
        return old.start == new.start or before.file.raw(old, lengths[0]) == after.file.raw(new, lengths[1])
    if isinstance(old, Dictionary) and isinstance(new, Dictionary):
        # iText writes its version there; nobody reads it
        return bool(old == new) or _without(old, "ITXT") == _without(new, "ITXT")
    return type(old) is type(new) and bool(old == new)


def _without(dictionary: Dictionary, key: str) -> dict[str, Any]:
    return {each: value for each, value in dictionary.items() if each != key}


def grown(old: list[Any], new: list[Any]) -> list[Any] | None:
    """Return what was added to a list; None where something of it was taken away or moved."""
    extra, at = [], 0
    for each in new:
        if at < len(old) and each == old[at]:
            at += 1
        else:
            extra.append(each)
    return extra if at == len(old) else None


def added(old: Dictionary, new: Dictionary) -> list[str] | None:
    """Return the keys that were added to a dictionary; None where something else was done to it."""
    if any(new.get(key) != value for key, value in old.items()):
        return None
    return [key for key in new if key not in old]


def resources_grown(old: Any, new: Any, before: View, after: View, depth: int = 0) -> bool:
    """Tell whether resources only got more names; a name that was there means what it meant."""
    old, new = before.resolve(old), after.resolve(new)
    if old is None or equal(old, new, before, after):
        return True
    if isinstance(old, Dictionary) and isinstance(new, Dictionary) and depth < 2:
        return all(
            key in new and resources_grown(value, new[key], before, after, depth + 1)
            for key, value in old.items()
        )
    if isinstance(old, list) and isinstance(new, list):  # /ProcSet says nothing any more
        return depth == 1
    return False


def inherited(dictionary: Dictionary, key: str, view: View) -> Any:
    """Return a value of a field or of what it hangs from (ISO 32000-1 section 12.7.3.1)."""
    one: Dictionary | None = dictionary
    for _ in range(MAX_PARENTS):
        if one is None:
            return None
        if key in one:
            return view.resolve(one[key])
        one = view.dictionary(one.get("Parent"))
    return None


def is_field(value: Any, view: View) -> bool:
    """Tell whether a dictionary is a field or a widget of one."""
    if not isinstance(value, Dictionary) or value.get("Type") in {"Page", "Pages", "StructElem"}:
        return False
    if value.get("Subtype") == "Widget":
        return True
    return (
        "Subtype" not in value
        and inherited(value, "FT", view) is not None
        and ("T" in value or "Kids" in value)
    )


def full_name(dictionary: Dictionary, view: View) -> str:
    """Return the full name of a field."""
    steps: list[str] = []
    one: Dictionary | None = dictionary
    for _ in range(MAX_PARENTS):
        if one is None:
            break
        partial = view.resolve(one.get("T"))
        if isinstance(partial, bytes):
            steps.insert(0, decode_text(partial))
        one = view.dictionary(one.get("Parent"))
    return ".".join(steps)


def rectangle(dictionary: Dictionary, view: View) -> tuple[float, float, float, float] | None:
    """Return the /Rect of an annotation in ascending order; None where it has none."""
    corners = [view.resolve(each) for each in view.array(dictionary.get("Rect"))]
    if len(corners) != 4 or not all(isinstance(each, int | float) for each in corners):
        return None
    left, low, right, high = corners
    return min(left, right), min(low, high), max(left, right), max(low, high)


def is_new(value: Any, before: View) -> bool:
    """Tell whether a value came with a later update: given in place, or an object that was not there."""
    return not isinstance(value, Ref) or before.entry(value.number) is None

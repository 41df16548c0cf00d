# SPDX-License-Identifier: EUPL-1.2
"""Changes of a form and of annotations after signing: new signatures, filled fields, and what only looks so.

A field may be filled, and then its appearance changes with it, inside the place that was signed. What it said
already was signed with the rest, and changes only where the signer wrote what may be done to forms. A new
signature may bring a field of its own; in a certified file only where nobody sees it, for a visible one could
draw over what was certified (sneaky signature attack). Nothing may be moved, shown, hidden or taken away.

Source: ISO 32000-1 sections 12.7.2 (form), 12.7.3 (fields), 12.5.3 (annotation flags), 12.8.2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from preservation.signatures.facts import Change
from preservation.signatures.pdf.document import View
from preservation.signatures.pdf.references import References
from preservation.signatures.pdf.rights import Rights
from preservation.signatures.pdf.syntax import Dictionary, Ref, Stream
from preservation.signatures.pdf.text import decode_text
from preservation.signatures.pdf.values import (
    equal,
    full_name,
    grown,
    inherited,
    is_field,
    is_new,
    rectangle,
    resources_grown,
)

_SIGNING: Final = frozenset({"V", "AP", "AS", "M", "NM", "MK", "DA", "F", "Type"})
"""Keys of an empty signature field that signing it touches."""
_LOOKS: Final = frozenset({"AP", "AS", "DA", "Q"})
_FILLING: Final = frozenset({"V", "I", "RV", "M", "Type"}) | _LOOKS
_SHOWN_FLAGS: Final = 4 | 128 | 512
"""Print, Locked, LockedContents: the flags of an annotation that may be set when it is signed."""
_HIDDEN: Final = 2 | 32
"""Hidden, NoView."""
_PUSH_BUTTON: Final = 1 << 16
"""Flag of a button (12.7.4.2.1)."""
MAX_LOOKED_AT: Final = 10_000
"""Fields whose appearances are looked at."""
_COMMENTS: Final = frozenset({"Text", "Popup", "Highlight", "Underline", "Squiggly", "StrikeOut", "Caret"})
_NOTE: Final = 40
"""Points of a side of the picture of a note."""
MAX_SHARE: Final = 0.5
"""Of a page that a new signature may cover with its appearance."""
_ONE_POINT: Final = 1.0


class FormChanges:
    """The form of a signed revision beside the one of the file as it stands."""

    def __init__(self, old: View, new: View, changed: dict[int, tuple[Any, Any]], rights: Rights) -> None:
        self.old, self.new, self.changed, self.rights = old, new, changed, rights
        self.fresh: dict[int, Dictionary] = {}
        """New signature fields and their widgets, by number."""
        self._values: dict[int, Any] = {}
        self._shown_by: dict[int, tuple[int, ...]] = {}
        forms = (old.root.get("AcroForm"), new.root.get("AcroForm"))
        self._forms = {each.number for each in forms if isinstance(each, Ref)}
        before = old.dictionary(forms[0]) or Dictionary()
        after = new.dictionary(forms[1]) or Dictionary()
        self._listed(old.array(before.get("Fields")), new.array(after.get("Fields")))

    def _listed(self, before: list[Any], after: list[Any]) -> None:
        """Remember the new signature fields first: the pages' widgets are compared with them."""
        for each in grown(before, after) or ():
            one = self.new.dictionary(each)
            if isinstance(each, Ref) and is_new(each, self.old) and one is not None:
                self._remember(each, one, one, 0)

    def _remember(self, reference: Ref, one: Dictionary, field: Dictionary, depth: int) -> None:
        if inherited(field, "FT", self.new) != "Sig" or depth >= 8 or reference.number in self.fresh:
            return
        self.fresh[reference.number] = one
        self._values[reference.number] = inherited(field, "V", self.new)
        for kid in self.new.array(one.get("Kids")):
            inner = self.new.dictionary(kid)
            if isinstance(kid, Ref) and is_new(kid, self.old) and inner is not None:
                self._remember(kid, inner, inner if "FT" in inner or "V" in inner else field, depth + 1)

    def is_form(self, number: int) -> bool:
        """Tell whether an object is the form dictionary."""
        return number in self._forms

    def form(self, before: Any, after: Any) -> Iterator[Change]:
        """Compare the form as the catalog has it."""
        if isinstance(before, Ref) and before == after:
            return  # its own object is compared where it changed
        old = self.old.dictionary(before) or Dictionary()
        new = self.new.dictionary(after)
        if new is None:
            if old:
                yield Change("form", "the form was taken away", allowed=False)
            return
        yield from self.form_dictionary("form", old, new)

    def form_dictionary(self, where: str, old: Any, new: Any) -> Iterator[Change]:
        """Compare two form dictionaries."""
        if not (isinstance(old, Dictionary) and isinstance(new, Dictionary)):
            yield Change(where, "the form was replaced", allowed=False)
            return
        for key in dict.fromkeys((*old, *new)):
            before, after = old.get(key), new.get(key)
            if before == after or key == "SigFlags":
                continue
            if key == "Fields":
                yield from self.fields_array(where, self.old.array(before), self.new.array(after))
                continue
            fine = (
                (key == "DR" and self._resources_kept(before, after))
                or (key in {"DA", "Q"} and before is None)
                or (key == "NeedAppearances" and after is not True)
            )
            yield Change(where, f"/{key} of the form was changed", allowed=fine)

    def _resources_kept(self, before: Any, after: Any) -> bool:
        """Tell whether default resources grew, or no appearance that was signed needs those that changed.

        Some writers keep the picture of the newest visible signature there, always under one name.
        """
        if resources_grown(before, after, self.old, self.new):
            return True
        old, new = self.old.dictionary(before), self.new.dictionary(after)
        if old is None or new is None:
            return False
        grew = all(
            key == "XObject" or (key in new and resources_grown(value, new[key], self.old, self.new, 1))
            for key, value in old.items()
        )
        return grew and self._draws_by_itself()

    def _draws_by_itself(self) -> bool:
        """Tell whether every appearance of the signed form brings its own resources (12.7.2, 7.8.3)."""
        form = self.old.dictionary(self.old.root.get("AcroForm")) or Dictionary()
        waiting = list(self.old.array(form.get("Fields")))
        for _ in range(MAX_LOOKED_AT):
            if not waiting:
                return True
            one = self.old.dictionary(waiting.pop()) or Dictionary()
            waiting += self.old.array(one.get("Kids"))
            looks = self.old.dictionary(one.get("AP")) or Dictionary()
            drawn = [self.old.resolve(each) for each in looks.values()]
            states = [each.values() for each in drawn if isinstance(each, Dictionary)]
            drawn += [self.old.resolve(each) for every in states for each in every]
            if any(isinstance(each, Stream) and self._needs_others(each) for each in drawn):
                return False
        return False

    def _needs_others(self, look: Stream) -> bool:
        length = self.old.resolve(look.dictionary.get("Length"))
        return "Resources" not in look.dictionary and bool(self.old.file.raw(look, length).strip())

    def fields_array(self, where: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
        """Compare the list of fields: it may only get new signature fields, told by `new_fields`."""
        extra = grown(before, after)
        if extra is None:
            yield Change(where, "fields were taken away or moved", allowed=False)
            return
        for each in extra:
            if not (isinstance(each, Ref) and each.number in self.fresh):
                yield Change(where, "a field was added that is no new signature", allowed=False)

    def new_fields(self) -> Iterator[Change]:
        """Yield the new signature fields, with the verdict on each."""
        for number, one in self.fresh.items():
            value = self.new.dictionary(self._values[number])
            what = "a time stamp was added" if _is_stamp(value) else "a signature was added"
            why = self._refused(one, value)
            yield Change(f"object {number}", f"{what}: {why}" if why else what, allowed=not why)

    def _refused(self, one: Dictionary, value: Dictionary | None) -> str:
        if value is None:
            return "an empty field that shows something" if _is_shown(one, self.new) else ""
        if "V" in one and not is_new(one["V"], self.old):
            return "its value was there before"
        if self.rights.level == 1 and not _is_stamp(value):
            return "the certification forbids it"
        if {"A", "AA"} & set(one):
            return "it brings an action"
        if self.rights.certified and _has_place(one, self.new):
            return "it shows something that was not certified"
        return ""

    def annotations(self, where: str, before: list[Any], after: list[Any], page: int) -> Iterator[Change]:
        """Compare the annotations of a page."""
        extra = grown(before, after)
        if extra is None:
            kept = [each for each in before if each in after]
            gone = [each for each in before if each not in after]
            lost = all(self._is_loose(each, self.old) for each in gone)
            fine = self.rights.level == 3 and lost and grown(kept, after) is not None
            yield Change(where, "annotations were taken away or moved", allowed=fine)
            extra = [each for each in after if each not in before] if fine else []
        for each in extra:
            if isinstance(each, Ref) and each.number in self.fresh:
                why = self._covering(self.fresh[each.number], before, page)
                if why:
                    yield Change(where, f"a new signature {why}", allowed=False)
            elif self._is_loose(each, self.new):
                fine = self.rights.level == 3 and is_new(each, self.old) and is_comment(each, self.new)
                yield Change(where, "an annotation was added", allowed=fine)
            else:
                yield Change(where, "something was added to the annotations of a page", allowed=False)

    def _is_loose(self, value: Any, view: View) -> bool:
        one = view.dictionary(value)
        return one is not None and one.get("Subtype") not in {None, "Widget"}

    def _covering(self, widget: Dictionary, others: Iterable[Any], page: int) -> str:
        """Say whether a visible signature hides more of a signed page than a signature needs."""
        box = rectangle(widget, self.new)
        if box is None or not _has_place(widget, self.new):
            return ""
        sheet = self.old.dictionary(Ref(page, self.old.generation(page))) or Dictionary()
        paper = rectangle(_as_rect(inherited(sheet, "MediaBox", self.old)), self.old)
        if paper is not None and _area(_common(box, paper)) > MAX_SHARE * _area(paper) > 0:
            return "covers most of a page"
        for each in others:
            one = self.old.dictionary(each)
            other = None if one is None or not _is_shown(one, self.old) else rectangle(one, self.old)
            if other is not None and _area(_common(box, other)) > _ONE_POINT:
                return "covers something that was signed"
        return ""

    def field(self, where: str, number: int, old: Dictionary, new: Dictionary) -> Iterator[Change]:
        """Compare a field or widget that was there."""
        if number in self.fresh:
            return
        keys = {key for key in (*old, *new) if old.get(key) != new.get(key)}
        if not keys:
            return
        name = full_name(old, self.old) or where
        if inherited(old, "FT", self.old) == "Sig":
            why = self._signing(old, new, keys)
            what = f"signature field {name} was signed"
        else:
            why = self._filling(old, new, keys)
            what = f"field {name} was filled in"
        yield Change(where, f"field {name}: {why}" if why else what, allowed=not why)

    def _signing(self, old: Dictionary, new: Dictionary, keys: set[str]) -> str:
        value = self.new.dictionary(inherited(new, "V", self.new))
        flags = (self.old.resolve(old.get("F")) or 0, self.new.resolve(new.get("F")) or 0)
        reasons = {
            "a signature that was there was changed": inherited(old, "V", self.old) is not None,
            "an empty signature field was changed": value is None,
            f"/{min(keys - _SIGNING, default='')} was changed": bool(keys - _SIGNING),
            "its value was there before": "V" in keys and not is_new(new.get("V"), self.old),
            "the certification forbids signatures": self.rights.level == 1 and not _is_stamp(value),
            "it was shown or hidden": bool((flags[0] ^ flags[1]) & ~_SHOWN_FLAGS),
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def _filling(self, old: Dictionary, new: Dictionary, keys: set[str]) -> str:
        changed = self._new_value(old, new)
        said = _says_something(inherited(old, "V", self.old))
        reasons = {
            f"/{min(keys - _FILLING, default='')} was changed": bool(keys - _FILLING),
            "the certification forbids filling in": self.rights.level == 1,
            "it was locked": self.rights.locked(full_name(old, self.old)),
            "a button has no value to be filled in": _is_push_button(old, self.old),
            "its appearance was changed without its value": bool(keys & _LOOKS) and not changed,
            "what it said when it was signed was changed": changed and said and not self.rights.of_forms,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def _new_value(self, old: Dictionary, new: Dictionary) -> bool:
        before, after = inherited(old, "V", self.old), inherited(new, "V", self.new)
        return not equal(before, after, self.old, self.new)

    def behind(self, where: str, what: str, holders: list[int]) -> Change:
        """Judge a replaced appearance or value that stands by itself, by the fields that use it."""
        widgets = [number for holder in holders for number in self._shown_by.get(holder, (holder,))]
        for number in widgets:
            old = self.old.dictionary(Ref(number, self.old.generation(number)))
            new = self.new.dictionary(Ref(number, self.new.generation(number)))
            if old is None or new is None or not is_field(old, self.old):
                return Change(where, f"{what} was changed", allowed=False)
            if inherited(old, "FT", self.old) == "Sig":
                why = self._signing(old, new, {"AP"})
            else:
                why = self._filling(old, new, {"AP"})
            if why:
                return Change(where, f"{what} of a field was changed: {why}", allowed=False)
        return Change(where, f"{what} of a field was changed with its value", allowed=bool(widgets))

    def is_appearance(self, number: int, references: References) -> bool:
        """Tell whether an object is the appearance dictionary of fields and of nothing else."""
        uses = {*references.uses(number, self.old), *references.uses(number, self.new)}
        for use in uses:
            holder = self.new.dictionary(Ref(use.holder, self.new.generation(use.holder)))
            if use.path[:1] != ("AP",) or not is_field(holder, self.new):
                return False
        self._shown_by[number] = tuple(sorted({use.holder for use in uses}))
        return bool(uses)


def is_comment(value: Any, view: View) -> bool:
    """Tell whether an annotation says something beside the page and draws nothing over it.

    A certification that permits annotations permits comments; text boxes, stamps, pictures and drawings of
    other kinds, or with an appearance of their own, can say anything over what was certified (evil
    annotation attack).
    """
    one = view.dictionary(value)
    if one is None or one.get("Subtype") not in _COMMENTS:
        return False
    box = rectangle(one, view)
    small = box is not None and max(box[2] - box[0], box[3] - box[1]) <= _NOTE
    return "AP" not in one or (one.get("Subtype") == "Text" and small)


def _is_push_button(field: Dictionary, view: View) -> bool:
    """12.7.4.2.2: it retains no value, so a new one would be an excuse for another picture."""
    flags = inherited(field, "Ff", view)
    return inherited(field, "FT", view) == "Btn" and isinstance(flags, int) and bool(flags & _PUSH_BUTTON)


def _says_something(value: Any) -> bool:
    """Tell whether a field was filled in, and not only there to be."""
    if isinstance(value, bytes):
        return bool(decode_text(value).strip())
    return value not in (None, "Off", [])


def _is_stamp(value: Dictionary | None) -> bool:
    return value is not None and (
        value.get("Type") == "DocTimeStamp" or value.get("SubFilter") == "ETSI.RFC3161"
    )


def _has_place(widget: Dictionary, view: View) -> bool:
    """Tell whether a widget takes room on its page, where a reader may draw something."""
    box = rectangle(widget, view)
    flags = view.resolve(widget.get("F"))
    if box is None or (isinstance(flags, int) and flags & _HIDDEN):
        return False
    return (box[2] - box[0]) * (box[3] - box[1]) > 0


def _is_shown(widget: Dictionary, view: View) -> bool:
    """Tell whether a widget takes room and brings what is drawn there."""
    shows = view.dictionary(widget.get("AP")) or view.dictionary(widget.get("MK"))
    return bool(shows) and _has_place(widget, view)


def _as_rect(value: Any) -> Dictionary:
    made = Dictionary()
    made["Rect"] = value
    return made


def _common(one: tuple[float, ...], two: tuple[float, ...]) -> tuple[float, float, float, float]:
    return max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])


def _area(box: tuple[float, float, float, float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])

# SPDX-License-Identifier: EUPL-1.2
"""What a signature lets be done to its file afterwards.

Source: ISO 32000-1 sections 12.8.2.2 (DocMDP), 12.8.2.4 (FieldMDP), 12.7.4.5 (field locks); ISO 32000-2
section 12.7.5.5 (/P of a lock).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from preservation.signatures.pdf.document import View
from preservation.signatures.pdf.fields import Field, PdfSignature, fields_of
from preservation.signatures.pdf.syntax import Dictionary, Ref
from preservation.signatures.pdf.text import decode_text


@dataclass(frozen=True, slots=True)
class Lock:
    """Fields that may not be filled any more."""

    action: str
    """`All`, `Include` or `Exclude`."""
    names: frozenset[str] = frozenset()

    def holds(self, name: str) -> bool:
        """Tell whether a field, by its full name, is locked; a name locks everything below it."""
        if self.action not in {"Include", "Exclude"}:
            return True
        steps = name.split(".")
        named = any(".".join(steps[: count + 1]) in self.names for count in range(len(steps)))
        return named if self.action == "Include" else not named


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be changed."""

    level: int
    """1: nothing but validation data and time stamps; 2: forms and signatures; 3: annotations too."""
    certified: bool
    """The level was written by a certifying author, not assumed."""
    locks: tuple[Lock, ...] = ()

    @property
    def of_forms(self) -> bool:
        """Whether somebody wrote what may be done to forms, by a level or by naming locked fields.

        Without that a signature approves the form as it is filled in (12.8.1): blanks may be filled, nothing
        that was said may be unsaid.
        """
        return self.certified or bool(self.locks)

    def locked(self, name: str) -> bool:
        """Tell whether a field may not be filled."""
        return any(lock.holds(name) for lock in self.locks)


def rights_of(signature: PdfSignature, view: View) -> Rights:
    """Read what a signature permits, and the certification of the file that it signed.

    Without any certification forms may be filled and signed, as readers have it, and nothing else.

    Args:
        signature: The signature.
        view: The file as it was signed.

    Raises:
        Broken: The dictionaries cannot be read.
    """
    levels: list[int] = []
    locks: list[Lock] = []
    perms = view.dictionary(view.root.get("Perms"))
    certifying = None if perms is None else view.dictionary(perms.get("DocMDP"))
    for dictionary in (certifying, signature.dictionary):
        if dictionary is not None:
            _transforms(view, dictionary, levels, locks)
    for each in fields_of(view):
        if each.kind == "Sig" and _same(view, each, signature):
            lock = view.dictionary(each.dictionary.get("Lock"))
            if lock is not None:
                locks.append(_lock(view, lock))
                level = view.resolve(lock.get("P"))
                if level in {1, 2, 3}:
                    levels.append(level)
    return Rights(min(levels, default=2), bool(levels), tuple(locks))


def _same(view: View, each: Field, signature: PdfSignature) -> bool:
    value = each.dictionary.get("V")
    return view.resolve(value) is signature.dictionary or (
        isinstance(value, Ref) and value == signature.reference
    )


def _transforms(view: View, dictionary: Dictionary, levels: list[int], locks: list[Lock]) -> None:
    for reference in view.array(dictionary.get("Reference"))[:16]:
        one = view.dictionary(reference)
        if one is None:
            continue
        method = str(view.resolve(one.get("TransformMethod")))
        parameters = view.dictionary(one.get("TransformParams")) or Dictionary()
        if method == "DocMDP":
            level = view.resolve(parameters.get("P", 2))
            levels.append(level if level in {1, 2, 3} else 1)
        elif method == "FieldMDP":
            locks.append(_lock(view, parameters))


def _lock(view: View, dictionary: Dictionary) -> Lock:
    names: list[Any] = [view.resolve(each) for each in view.array(dictionary.get("Fields"))]
    texts = frozenset(decode_text(each) for each in names if isinstance(each, bytes))
    return Lock(str(view.resolve(dictionary.get("Action"))), texts)

# SPDX-License-Identifier: EUPL-1.2
"""What later updates did to a signed revision, object by object, and whether the signature permits it.

Everything that changed must be explained. Allowed are: validation data and time stamps always; new
signatures and filled forms where the certification does not forbid them; annotations where it permits them.
Whatever people see — pages, contents, fonts, pictures, layers, appearances without a new value — may never
change, and what is not understood is not allowed.

Source: ISO 32000-1 sections 12.8.2.2 and 12.8.2.4; ETSI EN 319 142-1 section 5.4; the attacks of
pdf-insecurity.org (incremental saving, shadow, evil annotation, sneaky signature).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from preservation.signatures.facts import Change
from preservation.signatures.pdf.document import PdfFile, View
from preservation.signatures.pdf.form_changes import FormChanges, is_comment
from preservation.signatures.pdf.references import References, Use
from preservation.signatures.pdf.rights import Rights
from preservation.signatures.pdf.syntax import Broken, Dictionary, Ref, Stream
from preservation.signatures.pdf.values import added, equal, grown, is_field, is_new, resources_grown

MAX_CHANGED: Final = 20_000
"""Objects of later updates that are looked at."""
_STORE: Final = frozenset({"Certs", "CRLs", "OCSPs", "VRI", "Cert", "CRL", "OCSP", "TU", "TS", "Type"})
_FORM_ROLES: Final = {("Fields",): "fields", ("DR",): "resources", ("DR", "Font"): "fonts"}
_STRUCTURE: Final = frozenset({"StructTreeRoot", "StructElem"})
_HARMLESS: Final = frozenset({"Version", "Extensions", "PieceInfo"})
"""Keys of the catalog that say nothing of the content."""


def differences(file: PdfFile, signed: View, rights: Rights, references: References) -> Iterator[Change]:
    """Yield everything that changed since a revision.

    Args:
        file: The file.
        signed: It, as it was signed.
        rights: What the signature permits.
        references: Where the objects of later updates are used.

    Raises:
        Broken: Something cannot be read or is too much.
    """
    yield from _Comparison(file, signed, rights, references).run()


def later_numbers(file: PdfFile, signed: View) -> set[int]:
    """Return the numbers of the objects that updates after a revision speak of.

    Raises:
        Broken: Too many.
    """
    found: set[int] = set()
    for section in file.sections[: signed.place]:
        for number, _ in section.entries():
            found.add(number)
            if len(found) > MAX_CHANGED:
                raise Broken(f"more than {MAX_CHANGED} objects were changed")
    return found


class _Comparison:
    """One revision beside the file as it stands."""

    def __init__(self, file: PdfFile, signed: View, rights: Rights, references: References) -> None:
        self.old, self.new = signed, file.last
        self.rights = rights
        self.references = references
        roots = (signed.trailer.get("Root"), file.last.trailer.get("Root"))
        self.roots = {each.number for each in roots if isinstance(each, Ref)}
        info = (signed.trailer.get("Info"), file.last.trailer.get("Info"))
        self.info = {each.number for each in info if isinstance(each, Ref)}
        self.changed: dict[int, tuple[Any, Any]] = {}
        for number in sorted(later_numbers(file, signed)):
            self._compare(number)
        self.form = FormChanges(self.old, self.new, self.changed, rights)
        self.store = self._store_numbers()

    def _compare(self, number: int) -> None:
        before, after = self.old.entry(number), self.new.entry(number)
        if before == after and (before is None or before.kind == "n"):
            return
        old = self.old.get(number, self.old.generation(number))
        new = self.new.get(number, self.new.generation(number))
        if self.old.generation(number) != self.new.generation(number) and None not in {old, new}:
            raise Broken(f"object {number} changed its generation")
        if not equal(old, new, self.old, self.new):
            self.changed[number] = (old, new)

    def run(self) -> Iterator[Change]:
        """Yield every change."""
        yield from self._trailer()
        yield from self._catalog()
        yield from self.form.new_fields()
        for number, (old, new) in self.changed.items():
            if number not in self.roots:
                yield from self._object(number, old, new)

    def _trailer(self) -> Iterator[Change]:
        if self.old.trailer.get("Encrypt") != self.new.trailer.get("Encrypt"):
            yield Change("trailer", "/Encrypt was changed", allowed=False)
        sizes = self.old.trailer.get("Size"), self.new.trailer.get("Size")
        if type(sizes[0]) is int and (type(sizes[1]) is not int or sizes[1] < sizes[0]):
            # Table 15: objects with a higher number are missing
            yield Change("trailer", "/Size hides objects that were signed", allowed=False)
        roots = self.old.trailer.get("Root"), self.new.trailer.get("Root")
        if roots[0] != roots[1]:
            # some writers number the catalog anew; it is compared like any other
            yield Change("trailer", "the catalog has another number", allowed=is_new(roots[1], self.old))

    def _catalog(self) -> Iterator[Change]:
        old, new = self.old.root, self.new.root
        for key in dict.fromkeys((*old, *new)):
            before, after = old.get(key), new.get(key)
            if key == "AcroForm":
                yield from self.form.form(before, after)
            elif before == after or key == "ITXT":
                continue
            elif key in {"DSS", "Metadata"}:
                yield Change("catalog", f"/{key} was brought up to date", allowed=True)
            elif key in _HARMLESS:
                yield Change("catalog", f"/{key} was changed", allowed=True)
            elif key == "Perms" and self._certified_now(before, after):
                yield Change("catalog", "a certification was added", allowed=not self.rights.certified)
            elif key == "StructTreeRoot" and before is not None:
                yield from self._structure("catalog", self.old.dictionary(before), self.new.dictionary(after))
            else:
                yield Change("catalog", f"/{key} was changed", allowed=False)

    def _certified_now(self, before: Any, after: Any) -> bool:
        old, new = self.old.dictionary(before) or Dictionary(), self.new.dictionary(after)
        return new is not None and added(old, new) is not None

    def _object(self, number: int, old: Any, new: Any) -> Iterator[Change]:
        where = f"object {number}"
        if old is None:
            if self.references.uses(number, self.old):
                yield Change(where, "what was missing in the signed revision was put there", allowed=False)
        elif isinstance(old, Stream) and _is_container(old) and (new is None or _is_container(new)):
            if old.dictionary.get("Type") == "ObjStm":
                yield Change(where, "an object stream was replaced", allowed=False)
        elif number in self.info:
            used = self.references.uses(number, self.old) or self.references.uses(number, self.new)
            yield Change(where, "document information was changed", allowed=not used)
        elif self.form.is_form(number):
            yield from self.form.form_dictionary(where, old, new)
        elif isinstance(old, Dictionary) and isinstance(new, Dictionary) and old.get("Type") == "Page":
            yield from self._page(where, number, old, new)
        elif isinstance(old, Dictionary) and isinstance(new, Dictionary) and is_field(old, self.old):
            yield from self.form.field(where, number, old, new)
        elif isinstance(old, Dictionary) and old.get("Type") in _STRUCTURE:
            yield from self._structure(where, old, new)
        elif self.rights.level == 3 and self._was_comment(old, new):
            yield Change(where, "an annotation was changed", allowed=True)
        else:
            yield from self._by_use(where, number, old, new)

    def _was_comment(self, old: Any, new: Any) -> bool:
        return is_comment(old, self.old) and (new is None or is_comment(new, self.new))

    def _page(self, where: str, number: int, old: Dictionary, new: Dictionary) -> Iterator[Change]:
        """Nothing of a page changes but its annotations; tab order and structure are no content."""
        for key in dict.fromkeys((*old, *new)):
            before, after = old.get(key), new.get(key)
            if before == after or (key in {"Tabs", "StructParents"} and before is None):
                continue
            if key == "Annots":
                yield from self.form.annotations(where, self.old.array(before), self.new.array(after), number)
            elif not equal(self.old.resolve(before), self.new.resolve(after), self.old, self.new):
                # an equal copy under another number says the same: what it refers to is compared by itself
                yield Change(where, f"/{key} of a page was changed", allowed=False)

    def _structure(self, where: str, old: Any, new: Any) -> Iterator[Change]:
        """The logical structure may grow (a tagged widget of a signature), nothing in it may change."""
        what = "the logical structure of the document was"
        if not (isinstance(old, Dictionary) and isinstance(new, Dictionary)):
            yield Change(where, f"{what} replaced", allowed=False)
            return
        keys = [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]
        fine = all(
            key == "ParentTreeNextKey"
            or (key in {"RoleMap", "IDTree"} and key not in old)
            or (key in {"K", "ParentTree", "Nums", "Limits"} and self._grew(key, old.get(key), new.get(key)))
            for key in keys
        )
        yield Change(where, f"{what} {'extended' if fine else 'changed'}", allowed=fine)

    def _grew(self, key: str, before: Any, after: Any, depth: int = 0) -> bool:
        if key == "Limits" or before == after:
            return True
        old, new = self.old.resolve(before), self.new.resolve(after)
        if isinstance(old, Dictionary) and isinstance(new, Dictionary) and depth < 4:
            keys = dict.fromkeys((*old, *new))
            return key != "K" and all(
                self._grew(each, old.get(each), new.get(each), depth + 1) for each in keys
            )
        if key == "Nums" and isinstance(old, list) and isinstance(new, list):
            now = {each: value for each, value in zip(new[::2], new[1::2], strict=False) if type(each) is int}
            were = zip(old[::2], old[1::2], strict=False)
            return all(each in now and self._grew("K", value, now[each], depth + 1) for each, value in were)
        listed = [each if isinstance(each, list) else [] if each is None else [each] for each in (old, new)]
        return grown(listed[0], listed[1]) is not None

    def _by_use(self, where: str, number: int, old: Any, new: Any) -> Iterator[Change]:
        """Judge an array, a stream or a nameless dictionary by every place that uses it."""
        uses = {*self.references.uses(number, self.old), *self.references.uses(number, self.new)}
        if not uses:
            return  # nothing leads there: nobody sees it
        roles = {self._role(use) for use in uses}
        if len(roles) != 1 or None in roles:
            yield Change(where, f"{_kind(old)} was changed", allowed=False)
            return
        role = next(iter(roles))
        if role == "annotations" and isinstance(old, list):
            for use in uses:
                after = new if isinstance(new, list) else []
                yield from self.form.annotations(where, old, after, use.holder)
        elif role == "fields" and isinstance(old, list) and isinstance(new, list):
            yield from self.form.fields_array(where, old, new)
        elif role in {"appearance", "value"}:
            yield self.form.behind(where, f"{_kind(old)}, {role} of a field,", [use.holder for use in uses])
        else:
            what, fine = self._plainly(role or "", old, new)
            yield Change(where, what, allowed=fine)

    def _plainly(self, role: str, old: Any, new: Any) -> tuple[str, bool]:
        """Judge what plays a role in which only the kind of value counts."""
        if role == "store":
            fine = not isinstance(old, Stream) and (new is None or isinstance(new, list | Dictionary))
            return "the security store was brought up to date", fine
        if role == "metadata":
            return "metadata were changed", isinstance(new, Stream)
        if role == "structure" and type(old) is type(new) and self._grew("K", old, new):
            return "the logical structure of the document was extended", True
        if role == "harmless":
            return "a private or extension entry was changed", True
        if role in {"fonts", "resources"} and isinstance(old, Dictionary) and isinstance(new, Dictionary):
            more = resources_grown(old, new, self.old, self.new)
            return "resources of the form were changed", more if role == "resources" else bool(
                added(old, new)
            )
        return f"{_kind(old)} was changed", False

    def _role(self, use: Use) -> str | None:
        if use.holder in self.roots:
            return self._catalog_role(use.path)
        if use.holder in self.store:
            return "store" if not use.path or use.path[-1] in _STORE or "VRI" in use.path else None
        if self.form.is_form(use.holder):
            return _FORM_ROLES.get(use.path)
        return self._holder_role(use)

    def _catalog_role(self, path: tuple[str, ...]) -> str | None:
        if path[0] == "AcroForm":
            return _FORM_ROLES.get(path[1:])
        if path[0] in _HARMLESS:
            return "harmless"
        return {"DSS": "store", "Metadata": "metadata", "StructTreeRoot": "structure"}.get(path[0])

    def _holder_role(self, use: Use) -> str | None:
        holder = self.new.get(use.holder, self.new.generation(use.holder))
        path = use.path
        if isinstance(holder, Stream) or not path:
            return None
        if isinstance(holder, Dictionary):
            if holder.get("Type") == "Page":
                return "annotations" if path == ("Annots",) else None
            if holder.get("Type") in _STRUCTURE or "Nums" in holder:
                return "structure" if path[0] in {"K", "ParentTree", "Nums", "Kids"} else None
            if is_field(holder, self.new):
                return {"AP": "appearance", "V": "value", "RV": "value"}.get(path[0])
            if self.form.is_appearance(use.holder, self.references):
                return "appearance" if path[0] in {"N", "D", "R"} else None
        return None

    def _store_numbers(self) -> frozenset[int]:
        """Return the arrays and dictionaries of which the security store is made."""
        found: set[int] = set()
        for view in (self.old, self.new):
            waiting: list[Any] = [view.root.get("DSS")]
            while waiting and len(found) < MAX_CHANGED:
                one = waiting.pop()
                inner = view.resolve(one)
                if isinstance(one, Ref):
                    if one.number in found or isinstance(inner, Stream):
                        continue
                    found.add(one.number)
                if isinstance(inner, Dictionary):
                    waiting += [value for key, value in inner.items() if key in _STORE or _is_digest(key)]
                elif isinstance(inner, list):
                    waiting += [each for each in inner if isinstance(each, Ref)]
        return frozenset(found)


def _is_digest(key: str) -> bool:
    return len(key) == 40


def _is_container(value: Any) -> bool:
    return isinstance(value, Stream) and value.dictionary.get("Type") in {"XRef", "ObjStm"}


def _kind(value: Any) -> str:
    if isinstance(value, Stream):
        kind = value.dictionary.get("Subtype") or value.dictionary.get("Type")
        return f"a stream ({kind})" if kind else "a stream (page content, perhaps)"
    if isinstance(value, Dictionary):
        return f"a dictionary ({value.get('Type') or value.get('Subtype') or 'of no type'})"
    return "an array" if isinstance(value, list) else "a value"

# SPDX-License-Identifier: EUPL-1.2
"""What fsck and the audit find wrong: a value that names tenant, object and file, in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from archive.errors import IntegrityError, LongevaError, NotFound
from archive.findings import Finding, Severity, finding

_KINDS: Final = {
    "STORE-DECLARATION": "E003 E004 E005 E006 E007",
    "STORE-INVENTORY-MISSING": "E063",
    "STORE-INVENTORY-DIGEST": "E058 E059 E060 E061",
    "STORE-VERSIONS": "E008 E009 E010 E011 E012 E013 E019 E020 E037 E040 E046 E064 E066 E103 E110",
    "STORE-UNEXPECTED-FILE": "E001 E015 E067 E112",
    "STORE-UNREFERENCED-FILE": "E023",
    "STORE-CONTENT-DIGEST": "E092",
    "STORE-FIXITY-DIGEST": "E093",
}
_KIND_OF: Final = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be in a store."""

    kind: str
    """Code of `findings_catalog/storage.json`."""
    object_id: str
    """Empty where no object could be made out."""
    path: str
    """The exact file, relative to the object; relative to the storage root where there is no object."""
    detail: str
    """Begins with the OCFL validation code where there is one: `E092: sha256 is …`."""
    key: str
    """The store key to look at."""
    tenant_id: str = ""
    """Empty where the checker knows nothing of tenants."""
    detail_es: str = ""
    """The detail in Spanish, where it has words of its own."""

    @property
    def severity(self) -> Severity:
        """How much it weighs."""
        return self.finding().severity

    def finding(self) -> Finding:
        """Return it as a finding."""
        values = {"object": self.object_id or "?", "path": self.path, "detail": self.detail}
        if self.tenant_id:
            values["tenant"] = self.tenant_id
        if self.detail_es:
            values["detail_es"] = self.detail_es
        return finding(self.kind, self.key, **values)

    def message(self, language: str = "en") -> str:
        """Say it in `es` or `en`."""
        return self.finding().message(language)

    def to_json(self) -> dict[str, Any]:
        """Return the form of the command-line contract."""
        return {
            **self.finding().to_json(),
            "tenant": self.tenant_id,
            "object": self.object_id,
            "path": self.path,
            "detail": self.detail,
            "key": self.key,
        }


def kind_of_failure(cause: LongevaError) -> str:
    """Return the finding code under which a file that could not be read is told to people."""
    if isinstance(cause, NotFound):
        return "STORE-CONTENT-MISSING"
    return "STORE-LINK" if isinstance(cause, IntegrityError) else "STORE-UNREADABLE"


def kind_of(code: str) -> str:
    """Return the finding code under which an OCFL validation code is told to people."""
    if code.startswith("W"):
        return "STORE-ADVICE"
    return _KIND_OF.get(code, "STORE-INVENTORY-INVALID")

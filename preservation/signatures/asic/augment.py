# SPDX-License-Identifier: EUPL-1.2
"""Augment ASiC containers: their signature files grow, every other entry keeps its octets.

* XAdES: each signature file is augmented over the files of the container.
* CAdES in ASiC-S: the signature grows by itself, to an archive-time-stamp-v3.
* CAdES in ASiC-E: up to LT the signature grows; LTA is a time stamp over an ASiCArchiveManifest that lists
  the signatures, what they sign, and every older time stamp. From then on nothing that it lists changes: a
  renewal puts new validation data into the youngest time stamp, which nothing lists yet, and lists all anew.

Source: ETSI EN 319 162-1 sections 4.3.4, 4.4.4, 5.2 to 5.4 and annex A.7; EN 319 102-1 section 4.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from archive.errors import InvalidRequest
from preservation.algorithms import new_digest
from preservation.indications import Outcome
from preservation.signatures.asic.archiving import ARCHIVE_MANIFEST, archive_manifest, next_free
from preservation.signatures.asic.container import META, UNREADABLE_ZIP, entry_named, is_data, open_container
from preservation.signatures.asic.manifests import Manifest, manifests_in
from preservation.signatures.asic.read import read_asic
from preservation.signatures.asic.rewriting import rewritten
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.cms.augment import augment_cms
from preservation.signatures.cms.growing import token_with, values_for_token
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.xml.augment import augment_xml

_CMS: Final = (".p7s", ".p7m")


@dataclass(slots=True)
class _Growing:
    """A container with what is to change in it."""

    entries: Mapping[str, bytes]
    manifests: list[Manifest]
    changed: dict[str, bytes] = field(default_factory=dict)
    added: dict[str, bytes] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def listed(self) -> set[str]:
        """Files that a time stamp or a record covers through its manifest: they must not change any more."""
        stamped = [each for each in self.manifests if not each.target.lower().endswith(_CMS)]
        return {name for each in stamped for name in each.files}

    def now(self) -> dict[str, bytes]:
        """Return the files as they will be, under their new names."""
        kept = {
            self.renamed.get(name, name): self.changed.get(name, data) for name, data in self.entries.items()
        }
        return {**kept, **self.added}


def augment_asic(data: bytes, plan: Augmentation) -> bytes:
    """Bring the signatures of a container to a level. LTA of LTA is a renewal.

    Args:
        data: The container.
        plan: Level, authority, material, and the digest of new time stamps.

    Returns:
        The augmented container; entries that did not change keep their compressed octets and their order.

    Raises:
        InvalidRequest: No container, no signature in it, or nothing to add.
        TimestampUnavailable: The authority gave no token.
    """
    try:
        entries, repeated = open_container(data)
    except UNREADABLE_ZIP as cause:
        raise InvalidRequest(f"this container cannot be augmented: {cause}") from cause
    if repeated:
        raise InvalidRequest(f"the container has several entries called {repeated[0][:80]}")
    growing = _Growing(entries, manifests_in(entries))
    names = [name for name in entries if name.startswith(META) and "signature" in name.lower()]
    xades = [name for name in names if name.lower().endswith(".xml")]
    cades = [name for name in names if name.lower().endswith(_CMS)]
    if not xades and not cades:
        raise InvalidRequest("there is no signature in the container")
    for name in [each for each in xades if each not in growing.listed]:
        growing.changed[name] = augment_xml(entries[name], plan, lambda uri: entry_named(uri, entries))
    _augment_cades(growing, cades, plan)
    if not growing.changed and not growing.added:
        raise InvalidRequest(f"there is nothing to add for level {plan.level}")
    made = rewritten(data, growing.changed, growing.added, growing.renamed)
    _require_unbroken(data, made)
    return made


def _augment_cades(growing: _Growing, names: list[str], plan: Augmentation) -> None:
    by_manifest = {each.target for each in growing.manifests}
    frozen = growing.listed
    for name in names:
        if name in frozen:
            continue
        # a signature over a manifest reaches LTA through the container
        level = "LT" if plan.level == "LTA" and name in by_manifest else plan.level
        own = Augmentation(level, plan.authority, plan.material, plan.digest)
        made = augment_cms(growing.entries[name], own, _content_of(name, growing))
        if made != growing.entries[name]:
            growing.changed[name] = made
    if plan.level == "LTA" and (by_manifest | frozen) & set(names):
        _archive(growing, plan)


def _content_of(name: str, growing: _Growing) -> Content | None:
    manifest = next((each for each in growing.manifests if each.target == name), None)
    if manifest is not None:
        return BytesContent(manifest.encoded)
    files = [each for each in growing.entries if is_data(each)]
    return BytesContent(growing.entries[files[0]]) if len(files) == 1 else None


def _archive(growing: _Growing, plan: Augmentation) -> None:
    """Add an ASiCArchiveManifest over everything, and a time stamp over it (annex A.7)."""
    for manifest in growing.manifests:
        name = manifest.target
        if name.lower().endswith(".tst") and name in growing.entries and name not in growing.listed:
            values = values_for_token(plan.material, growing.entries[name])
            if values:
                growing.changed[name] = token_with(growing.entries[name], *values)
    if ARCHIVE_MANIFEST in growing.entries:
        growing.renamed[ARCHIVE_MANIFEST] = next_free("ASiCArchiveManifest", ".xml", growing.entries)
    files = growing.now()
    stamp_name = next_free("timestamp", ".tst", files)
    listed = archive_manifest(files, stamp_name, plan.digest)
    made = new_digest(plan.digest)
    made.update(listed)
    growing.added[ARCHIVE_MANIFEST] = listed
    growing.added[stamp_name] = plan.authority.stamp(made.digest(), plan.digest)


def _require_unbroken(before: bytes, after: bytes) -> None:
    """Every signature and every comparison that held before must hold after."""
    old = {each.place: each for each in read_asic(before) if each.format != "RFC3161"}
    new = {each.place: each for each in read_asic(after) if each.format != "RFC3161"}
    for place, one in old.items():
        other = new.get(place)
        good = sum(stamp.imprint.outcome is Outcome.OK for stamp in one.stamps)
        if other is None or (one.intact and not other.intact):
            raise InvalidRequest(f"augmentation would break {place}")
        if sum(stamp.imprint.outcome is Outcome.OK for stamp in other.stamps) < good:
            raise InvalidRequest(f"augmentation would break a time stamp of {place}")

# SPDX-License-Identifier: EUPL-1.2
"""The register as CSV: a row for each object version and mechanism, written as it is read.

Fields that begin with `=`, `+`, `-` or `@` would be formulas to a spreadsheet; no field here comes from
people, save the names of authorities, which get a `'` before them then.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from archive.catalog.evidence_totals import Covered
from archive.catalog.rows import SEAL
from archive.clock import format_instant
from preservation.coverage.register import ANY_TIME, CoverageRegister, Entry, ObjectCoverage
from preservation.coverage.spans import Gap, Lack, Period, Span

COLUMNS: Final = (
    "tenant", "object", "version", "kept_at", "mechanism", "policy", "algorithm", "authorities", "since",
    "until", "ends", "batch",
)  # fmt: skip
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def tenant_table(
    register: CoverageRegister, tenant_id: str | None, period: Period = ANY_TIME
) -> Iterator[bytes]:
    """Yield the register of a tenant (None: of all) in lines of UTF-8; memory does not grow with it."""
    yield _line(COLUMNS)
    for entry in register.of_tenant(tenant_id, period):
        lasting = [entry.gap] if entry.gap else []
        for covered in register.objects_in(entry.batch_id, tenant_id):
            kept = format_instant(covered.kept_at)
            named = (covered.tenant_id, covered.object_id, str(covered.version), kept)
            yield from _rows(named, entry.spans, [*_waited(covered, entry, period), *lasting])
    for covered in register.waiting(tenant_id):
        gap = Gap(covered.kept_at, None, Lack.UNSEALED)
        if period.meets(gap.since, gap.until):
            kept = format_instant(covered.kept_at)
            yield from _rows((covered.tenant_id, covered.object_id, str(covered.version), kept), (), [gap])


def object_table(found: ObjectCoverage) -> Iterator[bytes]:
    """Yield the register of an object in lines of UTF-8."""
    yield _line(COLUMNS)
    for each in found.versions:
        kept = format_instant(each.kept_at)
        named = (found.record.tenant_id, found.record.object_id, str(each.version), kept)
        yield from _rows(named, each.spans, list(each.gaps))


def _waited(covered: Covered, entry: Entry, period: Period) -> Iterator[Gap]:
    """Yield how long a first version had nothing; of later ones the object's own register says it."""
    first = entry.spans[0] if entry.spans else None
    if first is None or first.kind != SEAL or covered.version != 1:
        return
    if covered.kept_at < first.since and period.meets(covered.kept_at, first.since):
        yield Gap(covered.kept_at, first.since, Lack.UNSEALED)


def _rows(named: tuple[str, ...], spans: tuple[Span, ...], gaps: list[Gap]) -> Iterator[bytes]:
    dated = [(span.since, _span(span)) for span in spans] + [(gap.since, _gap(gap)) for gap in gaps]
    for _, told in sorted(dated, key=lambda each: each[0]):
        yield _line((*named, *told))


def _span(span: Span) -> tuple[str, ...]:
    authorities = "; ".join(stamp.authority for stamp in span.stamps)
    if authorities.startswith(_FORMULAS):
        authorities = f"'{authorities}"
    terms = (format_instant(span.since), format_instant(span.until), format_instant(span.ends))
    return span.kind, str(span.policy or "settings"), span.algorithm, authorities, *terms, span.batch_id


def _gap(gap: Gap) -> tuple[str, ...]:
    until = "" if gap.until is None else format_instant(gap.until)
    return f"none ({gap.lack})", "", "", "", format_instant(gap.since), until, "", ""


def _line(fields: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(fields)
    return out.getvalue().encode()

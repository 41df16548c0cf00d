# SPDX-License-Identifier: EUPL-1.2
"""What the archive does by itself: the yearly audit, which mends bad copies from good ones."""

from __future__ import annotations

from collections import Counter
from typing import Final

from archive.findings import Severity
from demo.simulation.chronicle import Chronicle, Kind
from demo.simulation.world import World
from preservation.audit.run import audit

HEALED: Final = "AUDIT-COPY-HEALED"
EXPECTED: Final = {"EVIDENCE-TOKEN-BROKEN", "EVIDENCE-TOKEN-EXPIRED", "EVIDENCE-INVALID"}
"""What the end tells of each object by itself."""


def audit_and_mend(world: World, chronicle: Chronicle) -> None:
    """Read everything again in every copy, mend what can be mended, and tell of what was found."""
    report = audit(world.home, trust=world.trust(), repair=True)
    mended = [each for each in report.problems if each.kind == HEALED]
    if mended:
        chronicle.tell(
            world.now,
            Kind.MENDED,
            (f"{len(mended)} ficheros reparados", f"{len(mended)} files mended"),
            (
                f"La auditoría halla {len(mended)} ficheros dañados en una copia y los repone de la otra.",
                f"The audit finds {len(mended)} files damaged in one copy and mends them from the other.",
            ),
            files=len(mended),
        )
    errors = [
        each
        for each in report.problems
        if each.severity is Severity.ERROR and each.kind != HEALED and each.kind not in EXPECTED
    ]
    if errors:
        counts = ", ".join(f"{kind} {count}" for kind, count in Counter(each.kind for each in errors).items())
        chronicle.tell(
            world.now,
            Kind.MISFORTUNE,
            ("daño sin remedio", "damage without remedy"),
            (f"La auditoría encuentra {counts}.", f"The audit finds {counts}."),
            problems=[each.to_json() for each in errors[:20]],
        )

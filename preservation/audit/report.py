# SPDX-License-Identifier: EUPL-1.2
"""What an audit read and found, and what a sample of its size is worth, in words of both languages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from archive.findings import Severity
from archive.problems import Problem
from preservation.audit.probability import detection, smallest_found
from preservation.evidence.examination import EvidenceCounts

CONFIDENCES: Final = (0.95, 0.99)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit read and what it found."""

    started_at: str
    objects: int
    """Objects looked at."""
    files: int
    """Files read to their end, or tried."""
    bytes: int
    problems: tuple[Problem, ...]
    population: int
    """Files that there were to choose from; equals `files` for a full audit."""
    seed: int | None = None
    """Repeats the same sample; None for a full audit."""
    evidence: EvidenceCounts | None = None
    """None where evidence was not looked at."""

    @property
    def ok(self) -> bool:
        """Whether nothing of weight was found."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def codes(self) -> dict[str, int]:
        """Return how often each problem code was found: no file name, nothing personal."""
        return dict(sorted(Counter(problem.kind for problem in self.problems).items()))

    def detection(self, damaged: int) -> float:
        """Return the probability that this audit met at least one of `damaged` files (hypergeometric)."""
        return detection(self.population, self.files, damaged)

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        damaged = sorted({1, max(1, self.population // 10_000), max(1, self.population // 100)})
        return {
            "started": self.started_at,
            "objects": self.objects,
            "files": self.files,
            "bytes": self.bytes,
            "population": self.population,
            "seed": self.seed,
            "detection": [{"damaged": k, "probability": round(self.detection(k), 6)} for k in damaged],
            "found_with": [each for at in CONFIDENCES if (each := self._found_with(at))],
            "statement": {"es": self.statement("es"), "en": self.statement("en")},
            "evidence": None if self.evidence is None else self.evidence.to_json(),
            "problems": [problem.to_json() for problem in self.problems],
        }

    def statement(self, language: str = "en") -> str:
        """Say in `es` or `en` what the audit is worth: which damage it would have met, and how surely."""
        spanish = language == "es"
        if self.population == 0:
            return "No había nada que leer." if spanish else "There was nothing to read."
        if self.files >= self.population:
            return (
                "Se ha leído todo: cualquier fichero dañado se habría encontrado."
                if spanish
                else "Everything was read: any damaged file would have been found."
            )
        found = (self._found_with(confidence) for confidence in CONFIDENCES)
        said = [_sentence(each, self.population, spanish=spanish) for each in found if each]
        return " ".join([*said, _EVEN_ES if spanish else _EVEN])

    def _found_with(self, confidence: float) -> dict[str, Any] | None:
        damaged = smallest_found(self.population, self.files, confidence)
        if damaged is None:
            return None
        return {"probability": confidence, "damaged": damaged, "share": damaged / self.population}


_EVEN: Final = (
    "This holds for damage that does not depend on the draw; only a full audit is sure to find one single "
    "damaged file."
)
_EVEN_ES: Final = (
    "Vale para daños que no dependan del sorteo; un único fichero dañado solo lo encuentra con seguridad la "
    "auditoría completa."
)


def _sentence(found: dict[str, Any], population: int, *, spanish: bool) -> str:
    surely, share = f"{found['probability'] * 100:g}", _percent(found["share"])
    damaged = found["damaged"]
    if spanish:
        return (
            f"Si hubiera {_grouped(damaged, '.')} ficheros dañados o más entre {_grouped(population, '.')} "
            f"({share.replace('.', ',')} %), esta muestra habría dado con alguno con una probabilidad del "
            f"{surely} % o mayor."
        )
    return (
        f"Had {_grouped(damaged, ',')} or more of {_grouped(population, ',')} files ({share} %) been "
        f"damaged, this sample would have met one with a probability of {surely} % or more."
    )


def _percent(share: float) -> str:
    return f"{share * 100:.3g}" if share < 0.999 else "100"


def _grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)

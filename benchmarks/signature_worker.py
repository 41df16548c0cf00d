# SPDX-License-Identifier: EUPL-1.2
"""One process of ours that validates the files it is told, for `benchmarks.signatures`.

    python -m benchmarks.signature_worker TRUST_FOLDER AT < jobs > answers

A job is a JSON line {"kind", "files"}; the answer has wall and CPU seconds and how many files passed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from preservation.indications import Indication
from preservation.signatures.validate import validate_cms, validate_pdf
from preservation.signatures.xml.read import read_xml
from preservation.trust.store import TrustStore

Validator = Callable[[str, bytes], bool]


def ours(trust_folder: Path, at: datetime) -> Validator:
    """Return our whole validation; of XML the cryptographic core alone, as its peers do."""
    trust = TrustStore.from_folder(trust_folder)

    def validate(kind: str, data: bytes) -> bool:
        if kind.startswith("xades"):
            return all(each.intact for each in read_xml(data))
        if kind.startswith("pades"):
            reports = validate_pdf(data, trust, at)
        else:
            reports = validate_cms(data, None, trust, at)
        return all(each.indication is Indication.TOTAL_PASSED for each in reports if each.format != "RFC3161")

    return validate


def main() -> None:
    """Answer jobs until there are none."""
    answer_jobs(ours(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])))


def answer_jobs(validate: Validator) -> None:
    """Validate what each line of standard input names."""
    for line in sys.stdin:
        job = json.loads(line)
        data = [Path(each).read_bytes() for each in job["files"]]
        wall, cpu = time.perf_counter(), time.process_time()
        passed = sum(validate(job["kind"], each) for each in data)
        answer = {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "files": len(data),
            "passed": passed,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

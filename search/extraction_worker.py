# SPDX-License-Identifier: EUPL-1.2
"""The process that reads hostile files: `python -m search.extraction_worker`, spoken to by `search.extract`.

One JSON request a line on standard input (`path`), one length-prefixed JSON answer on standard output. The
kernel ends it: SIGALRM when a file takes too long (also inside C code, also when nobody listens any more),
address space when it wants too much memory. It can write no file.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path

from search.extraction import Extraction, Limits, Reason
from search.readers import read


def main() -> None:
    """Answer until standard input ends."""
    limits = Limits(**json.loads(sys.stdin.buffer.readline()))
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    _confine(limits)
    for line in sys.stdin.buffer:
        signal.alarm(limits.seconds)
        found = _answer(Path(json.loads(line)["path"]), limits)
        signal.alarm(0)
        body = json.dumps(found.to_json()).encode()
        _write(answers, struct.pack(">I", len(body)) + body)
        if found.reason is Reason.MEMORY:
            return


def _answer(path: Path, limits: Limits) -> Extraction:
    try:
        return read(path, limits)
    except MemoryError:
        return Extraction(reason=Reason.MEMORY)
    except Exception:  # noqa: BLE001 (the border to hostile files: any failure is an answer, never silence)
        return Extraction(reason=Reason.MALFORMED)


def _confine(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()

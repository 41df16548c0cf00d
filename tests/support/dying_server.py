# SPDX-License-Identifier: EUPL-1.2
"""The warm interpreter behind `dying.Mortal`: imports once, then forks for each line of JSON that it reads."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from typing import Any

import mortal_works

from archive.errors import LongevaError

SHIM = ctypes.CDLL(None)
SHIM.dying_last.restype = ctypes.c_char_p
SHIM.dying_steps.restype = SHIM.dying_struck.restype = ctypes.c_long
SHIM.dying_shift_clock.argtypes = [ctypes.c_long]
SHIM.dying_arm.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_long, *[ctypes.c_int] * 4]


def live(request: dict[str, Any], say: int) -> None:
    """Do the work in the fork; never returns."""

    def tell(kind: str, value: Any) -> None:
        line = (json.dumps({kind: value}) + "\n").encode()
        while line:
            line = line[os.write(say, line) :]

    def acknowledge(value: Any) -> None:
        tell("said", value)
        SHIM.dying_note(json.dumps(value).encode())

    harm = request["harm"]
    log = os.open(harm["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if harm["log"] else -1
    SHIM.dying_shift_clock(harm["shift"])
    try:
        SHIM.dying_arm(
            os.fsencode(request["folder"]), harm["how"], harm["at"], harm["steps"], harm["code"],
            harm["for_ever"], log,
        )  # fmt: skip
        result = getattr(mortal_works, request["work"])(
            request["folder"], acknowledge, **request["arguments"]
        )
        SHIM.dying_disarm()
        tell("result", result)
    except BaseException as cause:  # noqa: BLE001 - whatever it was is what is looked for
        SHIM.dying_disarm()
        kind = type(cause)
        tell("error", [kind.__name__, str(cause), isinstance(cause, LongevaError), traceback.format_exc()])
    finally:
        os._exit(0)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait and say what became of it."""
    hear, say = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        live(request, say)
    os.close(say)
    with open(hear, "rb") as heard:
        lines = [json.loads(line) for line in heard.read().splitlines() if line.endswith(b"}")]
    _, status = os.waitpid(child, 0)
    result = next((line["result"] for line in lines if "result" in line), None)
    error = next((line["error"] for line in lines if "error" in line), ["", "", True, ""])
    killed = os.WIFSIGNALED(status)
    if killed and os.WTERMSIG(status) != signal.SIGKILL:
        error = [f"signal {os.WTERMSIG(status)}", "", False, ""]
    return {
        "killed": killed,
        "steps": SHIM.dying_steps(),
        "struck": SHIM.dying_last().decode() if SHIM.dying_struck() else "",
        "said": [line["said"] for line in lines if "said" in line],
        "result": result,
        "error": error[0],
        "words": error[1],
        "ours": error[2],
        "trace": error[3],
    }


def warm() -> None:
    """Make a home and throw it away: what is imported late is imported here, once, and not in every fork."""
    for name in os.environ.get("MORTAL_IMPORTS", "").split():
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        mortal_works.create(os.path.join(folder, "home"), lambda _: None)
    mortal_works.unload()  # or no fork would ever draw by chance


if __name__ == "__main__":
    SHIM.dying_share()
    warm()
    answers = os.dup(1)
    os.dup2(2, 1)  # a work that prints must not be taken for an answer
    for line in sys.stdin:
        os.write(answers, (json.dumps(answer(json.loads(line))) + "\n").encode())

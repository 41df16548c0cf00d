# SPDX-License-Identifier: EUPL-1.2
"""Schemathesis asks the running archive everything that its OpenAPI document says can be asked, and more."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from furnished import TENANT, furnish
from ports import free_port
from terminal import start

from archive.clock import SystemClock
from archive.home import Home
from archive.identity import Right
from archive.identity.keys import OF_PERSONS, Keys

SUPPORT = Path(__file__).resolve().parents[1] / "support"
LEFT_OUT = ("positive_data_acceptance", "negative_data_rejection")
"""What fits a schema may still make no sense here, and a number may stand for a text."""
REFUSALS = [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 416, 422, 429, 460]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A furnished archive, served by a process of its own: its address, a key with every right, things to ask for."""
    folder = tmp_path_factory.mktemp("contract")
    furnished = furnish(folder, small=3)
    with Home.open(furnished.path, SystemClock()) as home:
        _, key = Keys(home).make(TENANT, "Pruebas", frozenset(Right) - OF_PERSONS, "test")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = (folder / "serve.log").open("w")
    running = start("serve", "--port", port, "--home", furnished.path, stdout=log, stderr=log)
    try:
        for _ in range(600):
            assert running.poll() is None, (folder / "serve.log").read_text("utf-8")
            with suppress(requests.ConnectionError):
                requests.get(f"{address}/healthz", timeout=10)
                break
            time.sleep(0.1)
        yield address, key, furnished
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=60)
        log.close()
    assert "Traceback" not in (folder / "serve.log").read_text("utf-8")


@pytest.mark.slow
def test_no_crash_and_no_undocumented_answer(archive, tmp_path):
    """Every operation, asked well and badly, answers as its document says; none crashes, none forgets to ask who."""
    address, key, furnished = archive
    known = {
        "tenant_id": TENANT,
        "deposit_id": furnished.waiting,
        "object_id": furnished.expediente.rsplit(":", 1)[-1],
        "path": "metadata/deposit.json",
        "number": 1,
    }
    lines = ["[parameters]", *(f'"path.{name}" = {json.dumps(value)}' for name, value in known.items())]
    lines += ["[checks]", *(f"{check}.enabled = false" for check in LEFT_OUT)]
    lines += [f"missing_required_header.expected-statuses = {REFUSALS}"]
    lines += ["[phases.coverage]", 'unexpected-methods = ["TRACE", "PUT"]']
    (tmp_path / "schemathesis.toml").write_text("\n".join(lines), "utf-8")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run",
        f"{address}/api/v1/openapi.json", "-H", f"Authorization: Bearer {key}", "-w", "2", "-n", "4",
        "--phases", "examples,coverage,fuzzing", "--warnings", "off", "--no-color" ]  # fmt: skip
    hooks = {"SCHEMATHESIS_HOOKS": "contract_hooks", "PYTHONPATH": str(SUPPORT)}
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | hooks,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert re.search(r"\b[1-9]\d* passed", ran.stdout)


def test_document_names_every_operation_once(archive):
    """Operation ids are unique, and each operation has a summary and a tag."""
    document = requests.get(f"{archive[0]}/api/v1/openapi.json", timeout=10).json()
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names)) >= 13
    assert all(each["summary"] and each["tags"] for each in operations)

# SPDX-License-Identifier: EUPL-1.2
"""`longeva serve` as the operator sees it: metrics, readiness, logs, and its end."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from ports import free_port
from terminal import longeva, start

NIF = re.compile(r"\b[0-9XYZ][0-9]{7}[A-Z]\b")


def ask(url, data=None, headers=None):
    """Return status, body and headers, also of a refusal."""
    request = urllib.request.Request(url, data, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode("utf-8", "replace"), dict(refused.headers)


class Served:
    """A running `longeva serve` with an address for the operator."""

    def __init__(self, home, level="debug"):
        self.port, operator = free_port(), free_port()
        self.pages, self.operator = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{operator}"
        (home / "longeva.toml").write_text(
            f'[web]\nport = {self.port}\noperator_port = {operator}\n[log]\nformat = "json"\nlevel = "{level}"\n',
            "utf-8",
        )
        self.process = start("serve", "--home", home)
        self.err = ""

    def until(self, what, seconds=40):
        """Wait for something to be so."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                if what():
                    return
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.1)
        raise AssertionError("it did not come about")

    def ready(self):
        """Tell whether it may be given requests."""
        return ask(f"{self.pages}/readyz")[0] == 200

    def metrics(self):
        """Return every sample by its name with labels."""
        text = ask(f"{self.operator}/metrics")[1]
        return {
            line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if not line.startswith("#")
        }

    def end(self):
        """Ask it to end as systemd does, and return its log."""
        self.process.send_signal(signal.SIGTERM)
        _, self.err = self.process.communicate(timeout=40)
        return [json.loads(line) for line in self.err.splitlines()]


@pytest.fixture
def served(changing):
    running = Served(changing.home)
    yield running
    running.process.kill()
    running.process.communicate()


def test_a_day_of_the_service_leaves_metrics_and_a_log_without_anybody_in_it(changing, served):
    """Citizens verify and search by name and NIF, somebody types wrong, a store fails: counted, logged, unnamed."""
    served.until(served.ready)
    served.until(lambda: "longeva_objects" in served.metrics())
    csv = changing.issued["csv"]
    secrets = {csv, csv.replace("-", ""), "12345678Z", "Olmo", "Resolución"}
    secrets |= {each.file_name for each in changing.package.documents}
    shown = json.dumps(longeva("show", changing.object_id, "--home", changing.home, "--json").json)
    secrets |= set(NIF.findall(shown))
    pages = [
        f"/verificar?{urllib.parse.urlencode({'csv': csv})}",
        "/verificar?csv=XXXX-12345678Z",
        f"/buscar?{urllib.parse.urlencode({'q': 'Resolución calle del Olmo 12345678Z', 'archivo': 'villa'})}",
        "/nada/12345678Z?nif=12345678Z",
    ]
    answers = [ask(served.pages + page, headers={"X-Request-ID": "12345678Z Olmo"}) for page in pages]
    assert [status for status, _, _ in answers] == [200, 200, 200, 404]
    form = urllib.parse.urlencode({"csv": csv}).encode()
    assert ask(f"{served.pages}/verificar/documento", form)[0] == 200
    for found in (changing.home / "store" / "tenants").rglob("*.pdf"):
        found.chmod(0o644)
        found.write_bytes(b"12345678Z")
    assert ask(f"{served.pages}/verificar/documento", form)[0] == 500

    metrics = served.metrics()
    assert metrics['longeva_requests_total{method="GET",route="/verificar",status="200"}'] == 2
    assert metrics['longeva_requests_total{method="GET",route="unknown",status="404"}'] == 1
    assert metrics['longeva_errors_total{code="integrity"}'] == 1
    assert metrics['longeva_engine_up{engine="catalogue"}'] == 1
    assert metrics["longeva_objects"] >= 2
    assert metrics["longeva_unsealed_objects"] >= 1
    assert metrics["longeva_bytes"] > 1_000_000
    assert metrics['longeva_deposits{state="ACCEPTED"}'] >= 1
    assert metrics["longeva_renewal_due_timestamp_seconds"] > time.time()
    assert "longeva_index_lag_events" in metrics
    assert "longeva_queue_oldest_seconds" in metrics

    log = served.end()
    assert served.process.returncode == 0
    requests = [each for each in log if each["event"] == "request.answered" and each["route"] == "/verificar"]
    assert len(requests) == 2
    assert {"status", "ms", "request_id", "method", "at", "level"} <= requests[0].keys()
    (failed,) = [each for each in log if each["event"] == "request.failed"]
    assert (failed["code"], failed["error"]) == ("integrity", "IntegrityError")
    for each in sorted(secrets):
        assert each not in served.err, each
        assert each.encode("unicode_escape").decode() not in served.err


def test_metrics_and_reasons_are_the_operators_alone(served):
    """The public port has neither; it says which engine failed and no more."""
    served.until(served.ready)
    assert ask(f"{served.pages}/metrics")[0] == 404
    assert json.loads(ask(f"{served.pages}/healthz")[1]) == {"status": "ok"}
    assert json.loads(ask(f"{served.pages}/readyz")[1])["engines"]["catalogue"] == "ok"
    assert "reasons" not in json.loads(ask(f"{served.pages}/readyz")[1])
    assert "reasons" in json.loads(ask(f"{served.operator}/readyz")[1])


def test_it_is_not_ready_while_its_store_is_gone_and_is_again_when_it_is_back(changing, served):
    """503 with the reason for the operator; alive all the time; back without a restart."""
    served.until(served.ready)
    store = changing.home / "store"
    store.chmod(0o755)
    aside = changing.home / "aside"
    store.rename(aside)
    store.write_text("a file where the folder was")
    served.until(lambda: not served.ready())
    told = json.loads(ask(f"{served.operator}/readyz")[1])
    assert told["engines"]["stores"] == "failed"
    assert told["reasons"]["stores"] == "none answers"
    assert ask(f"{served.pages}/healthz")[0] == 200
    store.unlink()
    aside.rename(store)
    served.until(served.ready)
    events = [each["event"] for each in served.end()]
    assert "engine.failed" in events
    assert "engine.back" in events


def test_a_request_under_way_is_answered_after_sigterm(served):
    """What came in before the signal is served; the exit is clean."""
    served.until(served.ready)
    with socket.create_connection(("127.0.0.1", served.port)) as half:
        half.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.5)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        half.sendall(b"\r\n")
        assert half.recv(12) == b"HTTP/1.1 200"
    served.process.communicate(timeout=40)
    assert served.process.returncode == 0

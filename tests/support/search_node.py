# SPDX-License-Identifier: EUPL-1.2
"""Real nodes of OpenSearch and Elasticsearch, made of what their projects publish on Maven Central.

Neither product's download is needed: the server's library and its netty transport are published, and our index
asks for nothing that lies in other modules (no scripts, no reindexing, no analysers of languages). The small
programs in `tests/engines/nodes` start a node; Maven builds them on demand into `~/.cache/longeva-oracles` (or
`LONGEVA_ORACLE_CACHE`), with a JDK of at least the version that a release needs.

A node listens on 127.0.0.1 alone, keeps at most 512 MB of heap, and is killed by its own process id.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from ports import free_port

SOURCES = Path(__file__).resolve().parents[1] / "engines" / "nodes"
START_SECONDS = 240
JAVA_FOLDERS = ("/usr/lib/jvm",)


class NodeAbsent(Exception):
    """A node cannot be had here; the message says what is missing."""


@dataclass(frozen=True)
class Release:
    """A version of a product."""

    product: str
    version: str
    java: int
    """Version of the JDK that it needs at least."""
    transport: str
    plugin: str

    @property
    def name(self) -> str:
        """What tests show."""
        return f"{self.product}-{self.version}"


RELEASES = (
    Release("opensearch", "2.19.1", 17, "transport-netty4-client", "org.opensearch.transport.Netty4Plugin"),
    Release("elasticsearch", "8.19.21", 17, "transport-netty4", "org.elasticsearch.transport.netty4.Netty4Plugin"),
    Release("opensearch", "3.9.0", 21, "transport-netty4-client", "org.opensearch.transport.Netty4ModulePlugin"),
    Release("elasticsearch", "9.5.3", 21, "transport-netty4", "org.elasticsearch.transport.netty4.Netty4Plugin"),
)  # fmt: skip


class SearchNode:
    """One node in a folder; `start`, `kill` and `stop` it as often as wanted."""

    def __init__(self, release: Release, folder: Path, **settings: str) -> None:
        self.release = release
        self.folder = folder
        self.port = free_port()
        self._java = java_home(release.java)
        self._built = built(release, self._java)
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = settings
        self._lay_out()

    @property
    def url(self) -> str:
        """Address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it and wait until it answers for its shards."""
        settings = {
            "path.home": str(self.folder),
            "cluster.name": f"longeva-{self.port}",
            "node.name": "one",
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(free_port()),
            "discovery.type": "single-node",
            # the disk of the machine that tests is nobody's business here
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            **{name.replace("__", "."): value for name, value in self._settings.items()},
        }
        command = [
            str(self._java / "bin" / "java"), "-Xms512m", "-Xmx512m", "-XX:+UseSerialGC",
            "-cp", f"{self._built / 'classes'}{os.pathsep}{self.folder / 'lib'}/*", "longeva.Server",
            *(f"{name}={value}" for name, value in settings.items()),
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                tail = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
                raise NodeAbsent(f"{self.release.name} does not start: {tail}")
            time.sleep(0.1)
        return self

    def kill(self) -> None:
        """Kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Let it end by itself."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def signal(self, number: int) -> None:
        """Send a signal: SIGSTOP makes a server that takes requests and does not answer."""
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def process_id(self) -> int:
        """Of the running node."""
        assert self._process is not None
        return self._process.pid

    def _answers(self) -> bool:
        address = f"{self.url}/_cluster/health?wait_for_status=yellow&wait_for_no_initializing_shards=true&timeout=30s"
        try:
            with urllib.request.urlopen(address, timeout=35) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _lay_out(self) -> None:
        """Give it a home: its transport as a module, all else on the class path."""
        module = self.folder / "modules" / "transport-netty4"
        for folder in (
            module,
            *(self.folder / name for name in ("config", "lib", "logs", "plugins", "data")),
        ):
            folder.mkdir(parents=True)
        for jar in (self._built / "lib").iterdir():
            own = jar.name.startswith(("netty-", "transport-netty4", "opensearch-netty4"))
            os.symlink(jar, (module if own else self.folder / "lib") / jar.name)
        (module / "plugin-descriptor.properties").write_text(
            f"description=transport\nname=transport-netty4\nclassname={self.release.plugin}\n"
            f"version={self.release.version}\n{self.release.product}.version={self.release.version}\n"
            f"java.version={self.release.java}\n"
        )


def java_home(least: int) -> Path:
    """Return the folder of the oldest JDK of at least this version.

    Raises:
        NodeAbsent: There is none.
    """
    on_path = shutil.which("javac")
    candidates = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    candidates += [Path(on_path).resolve().parents[1]] if on_path else []
    candidates += [home for folder in JAVA_FOLDERS for home in sorted(Path(folder).glob("*"))]
    known = {home.resolve(): _version(home) for home in candidates if (home / "bin" / "javac").exists()}
    fitting = sorted((version, home) for home, version in known.items() if version >= least)
    if not fitting:
        raise NodeAbsent(f"no JDK of version {least} or later on this machine")
    return fitting[0][1]


def _version(home: Path) -> int:
    said = subprocess.run([home / "bin" / "javac", "-version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)", said.stdout + said.stderr)
    return int(found[1]) if found else 0


def built(release: Release, java: Path) -> Path:
    """Return the folder with the program and its libraries, built where it is not yet.

    Raises:
        NodeAbsent: It cannot be built.
    """
    sources = SOURCES / release.product
    cache = Path(os.environ.get("LONGEVA_ORACLE_CACHE", Path.home() / ".cache" / "longeva-oracles"))
    files = sorted(path for path in sources.rglob("*") if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    folder = cache / f"{release.name}-{digest}"
    if folder.is_dir():
        return folder
    if shutil.which("mvn") is None:
        raise NodeAbsent(f"no mvn to build {release.name} with")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        shutil.copytree(sources, work, dirs_exist_ok=True)
        made = subprocess.run(
            ["mvn", "-q", "-B", f"-Dengine={release.version}", f"-Dtransport={release.transport}", "compile"],
            cwd=work, capture_output=True, text=True, check=False, env=os.environ | {"JAVA_HOME": str(java)},
        )  # fmt: skip
        if made.returncode:
            raise NodeAbsent(f"mvn could not build {release.name}: {made.stdout[-800:]}")
        try:
            os.rename(Path(work) / "target", folder)
        except OSError:  # another process built it meanwhile
            if not folder.is_dir():
                raise
    return folder


def started_or_skipped(release: Release, folder: Path) -> SearchNode:
    """Start a node; where it cannot be had, skip, or fail where engines were asked for."""
    if "SKIP_SEARCH" in os.environ:
        pytest.skip("SKIP_SEARCH is set: nothing was tried on a search cluster")
    try:
        return SearchNode(release, folder / "node").start()
    except NodeAbsent as why:
        said = f"{release.name.upper()} ABSENT: {why}"
        # a JDK later than the oldest that we ask for is a gift
        if os.environ.get("LONGEVA_ENGINES") and not (release.java > min(one.java for one in RELEASES)):
            pytest.fail(said)
        pytest.skip(said)

# SPDX-License-Identifier: EUPL-1.2
"""A real S3 service for tests: Ceph with one monitor, one disk in memory and its RADOS Gateway.

Made in a temporary folder on free ports, over HTTP and over TLS with an authority of its own; stopped by
whoever made it. From Debian's packages ceph-mon, ceph-osd and radosgw; no manager daemon is needed, cephx is
(without it the gateway never gets its first answer).
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from ports import free_ports

from archive.settings import LockSettings, S3Settings

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
ACCESS, SECRET = "longeva-tests", "not-a-secret"
_READY_SECONDS = 120

_CONF = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon2},v1:127.0.0.1:{mon1}]
mon initial members = a
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
ms bind port min = {low}
ms bind port max = {high}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
log to stderr = false
err to stderr = false
mon data = {folder}/mon
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 6442450944
host = localhost
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{http} ssl_endpoint=127.0.0.1:{https} ssl_certificate={folder}/server.pem tcp_nodelay=1
rgw enable ops log = false
rgw enable usage log = false
rgw dns name = localhost
"""
_KEYS = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *"),
    "client.rgw": ("mon", "allow *", "osd", "allow *"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *"),
}


class CephAbsent(Exception):
    """Ceph is not on this machine."""


class Ceph:
    """A running service. `stop_gateway` and `start_gateway` may be called again; `remove` ends it."""

    def __init__(self) -> None:
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise CephAbsent(f"{', '.join(missing)} missing: apt-get install ceph-mon ceph-osd radosgw")
        self.folder = Path(tempfile.mkdtemp(prefix="ceph-", dir="/tmp"))
        self.ca_file = self.folder / "ca.pem"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._numbers = count(1)
        self._clients: dict[bool, Any] = {}
        started = time.monotonic()
        try:
            self._configure()
            self._start_cluster()
            self.start_gateway()
            keys = (f"--access-key={ACCESS}", f"--secret={SECRET}")
            self.admin("user", "create", "--uid=tests", "--display-name=tests", *keys)
        except BaseException:
            self.remove()
            raise
        self.started_in = time.monotonic() - started
        """Seconds that it took."""

    def url(self, *, tls: bool = False) -> str:
        """Return the address of the service."""
        return f"https://localhost:{self._https}" if tls else f"http://localhost:{self._http}"

    def client(self, *, tls: bool = False) -> Any:
        """Return a client of boto3 as its manual sets it up for services other than AWS."""
        if tls not in self._clients:
            self._clients[tls] = boto3.session.Session().client(
                "s3",
                endpoint_url=self.url(tls=tls),
                aws_access_key_id=ACCESS,
                aws_secret_access_key=SECRET,
                region_name="us-east-1",
                verify=str(self.ca_file) if tls else None,
                config=Config(
                    s3={"addressing_style": "path"},
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                    max_pool_connections=32,
                ),
            )
        return self._clients[tls]

    def bucket(self, mode: str = "", days: int = 1) -> str:
        """Make a bucket that keeps versions, with a default lock rule if a mode is given; return its name."""
        name = f"archive-{next(self._numbers)}"
        client = self.client()
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=bool(mode))
        if mode:
            rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
            client.put_object_lock_configuration(
                Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
            )
        else:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def settings(self, bucket: str, *, tls: bool = False, lock: LockSettings | None = None) -> S3Settings:
        """Return what an operator would write for a store in a bucket."""
        return S3Settings(
            kind="s3",
            bucket=bucket,
            prefix="archive/",
            endpoint=self.url(tls=tls),
            access_key=ACCESS,
            secret_key=SECRET,
            ca_file=str(self.ca_file) if tls else "",
            lock=lock or LockSettings(),
        )

    def admin(self, *arguments: str) -> bytes:
        """Run radosgw-admin: what the operator of the service can do."""
        return self._run("radosgw-admin", *arguments)

    def start_gateway(self) -> None:
        """Start the gateway and wait until it answers."""
        self._start("radosgw", "-n", "client.rgw")
        self._wait_until(self._answers, "the gateway answers")

    def stop_gateway(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the gateway, or kill it; the bytes stay in the cluster."""
        process = self._running.pop("radosgw")
        process.send_signal(how)
        process.wait(60)

    def remove(self) -> None:
        """Stop everything that was started here and remove the folder."""
        for process in reversed(self._running.values()):
            process.kill()
        for process in self._running.values():
            process.wait(60)
        self._running.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self) -> None:
        self._http, self._https, self._mon1, self._mon2, low = free_ports(5)
        low = max(10_000, min(low, 64_000))
        (self.folder / "osd").mkdir()
        (self.folder / "server.pem").write_bytes(_certificate(self.ca_file))
        self._fsid = str(uuid.uuid4())
        self.conf = self.folder / "ceph.conf"
        values = {"http": self._http, "https": self._https, "mon1": self._mon1, "mon2": self._mon2}
        self.conf.write_text(
            _CONF.format(fsid=self._fsid, folder=self.folder, low=low, high=low + 500, **values), "utf-8"
        )
        keyring = str(self.folder / "keyring")
        for number, (name, caps) in enumerate(_KEYS.items()):
            what = [word for pair in zip(caps[::2], caps[1::2], strict=True) for word in ("--cap", *pair)]
            create = () if number else ("--create-keyring",)
            self._run("ceph-authtool", keyring, *create, "--gen-key", "-n", name, *what, conf=False)

    def _start_cluster(self) -> None:
        monmap, keyring = str(self.folder / "monmap"), str(self.folder / "keyring")
        place = f"[v2:127.0.0.1:{self._mon2},v1:127.0.0.1:{self._mon1}]"
        make = ("--create", "--clobber", "--fsid", self._fsid, "--addv", "a", place, monmap)
        self._run("monmaptool", *make, conf=False)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self._start("ceph-mon", "-i", "a")
        disk = str(uuid.uuid4())
        self._run("ceph", "osd", "new", disk)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        self._start("ceph-osd", "-i", "0")
        self._wait_until(lambda: b"1 up" in self._run("ceph", "osd", "stat"), "the disk is up")

    def _start(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.out").open("ab") as out:
            self._running[program] = subprocess.Popen(
                [program, "-c", str(self.conf), "-f", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _run(self, program: str, *arguments: str, conf: bool = True) -> bytes:
        command = [program, *(("-c", str(self.conf)) if conf else ()), *arguments]
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=90, check=False
        )
        if ended.returncode:
            told = (ended.stderr or ended.stdout).decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} failed with {ended.returncode}: {told}")
        return ended.stdout

    def _answers(self) -> bool:
        try:
            return requests.get(self.url(), timeout=5).status_code < 500
        except requests.RequestException:
            return False

    def _wait_until(self, reached: Any, what: str) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not reached():
            ended = [name for name, process in self._running.items() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = "".join(
                    path.read_text("utf-8", "replace")[-800:] for path in self.folder.glob("*.out")
                )
                raise RuntimeError(f"waiting until {what}: {ended or 'too long'}\n{logs}")
            time.sleep(0.1)


def _certificate(ca_file: Path) -> bytes:
    """Make an authority, write its certificate, and return key and certificate of localhost by it."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("tests CA", "localhost")
    ]
    now = datetime.now(UTC)

    def builder(subject: x509.Name, of: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(names[0])
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
        )

    root = builder(names[0], authority).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    ca_file.write_bytes(root.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM))
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    leaf = builder(names[1], key).add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + leaf.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM)

# SPDX-License-Identifier: EUPL-1.2
"""The container file and the compose file, as far as they can be judged without building anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from urllib.parse import urlsplit

import pytest
import yaml
from terminal import PROJECT, longeva

from archive.web.app import MAX_FORM
from ingest.api.deposits import SMALL
from ingest.api.uploading import LARGEST_PART
from ingest.web.bringing import MOST
from search.api.preservation.views import MAX_MESSAGE

DEPLOY = PROJECT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def stages():
    """Return the instructions of each stage, lines joined."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", CONTAINERFILE))
    return [part.splitlines() for part in re.split(r"(?m)^(?=FROM )", joined) if part.strip()]


def test_everything_that_is_installed_is_checked_by_its_hash():
    """No package comes in that the lock files do not pin."""
    installs = re.findall(r"pip install[^&\n]*", " ".join(stages()[0]))
    assert len(installs) == 3
    assert all(
        "--require-hashes" in each or each.startswith("pip install --no-deps dist/") for each in installs
    )


def test_the_last_stage_builds_nothing_and_is_nobody_special():
    """It takes the environment of the first one, and runs as a user without rights."""
    build, last = stages()
    assert not [line for line in last if "pip" in line or "apt-get" in line]
    assert [line for line in last if line.startswith("USER ")] == ["USER longeva"]
    assert "COPY --from=build /opt/longeva /opt/longeva" in last
    assert any(line.startswith("HEALTHCHECK") and "/healthz" in line for line in last)
    assert build[0].split()[1] == last[0].split()[1]


def test_what_is_copied_is_there_and_is_the_whole_program():
    """The rooms of the wheel, and no file that does not exist."""
    copied = {name for line in stages()[0] if line.startswith("COPY ") for name in line.split()[1:-1]}
    assert all((PROJECT / name).exists() for name in copied)
    wheel = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    assert set(wheel["targets"]["wheel"]["only-include"]) <= copied


def test_the_builder_of_our_wheel_is_in_the_lock(tmp_path):
    """The line that picks it out of the developers' lock finds each with its hashes."""
    (script,) = re.findall(r'python -c "(import re;.*?)" > builder\.lock', CONTAINERFILE)
    shutil.copy(PROJECT / "requirements-dev.lock", tmp_path)
    ran = subprocess.run(["python3", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    blocks = [block for block in re.split(r"(?m)^(?=[a-z0-9])", ran.stdout) if block.strip()]
    assert {re.split(r"[=\s]", block)[0] for block in blocks} == {
        "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers",
    }  # fmt: skip
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_compose_file_speaks_of_nothing_that_it_does_not_have():
    """Services, volumes, secrets and files; a service is waited for only as it can tell."""
    services = COMPOSE["services"]
    for name, service in services.items():
        waited = service.get("depends_on", {})
        for other in waited:
            assert other in services, name
            if isinstance(waited, dict) and waited[other]["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"]
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./") and source != "./tls":
                assert (DEPLOY / source).is_file(), source
            elif not source.startswith("./"):
                assert source in COMPOSE["volumes"]
    for name in ("web", "worker"):
        assert longeva(*services[name]["command"], "--help").code == 0
    assert services["worker"]["deploy"]["replicas"] == 2


def test_its_settings_name_its_services():
    """Every host of deploy/examples/compose.toml is a service."""
    settings = tomllib.loads((DEPLOY / "examples" / "compose.toml").read_text("utf-8"))
    hosts = {urlsplit(settings["stores"]["bucket"]["endpoint"]).hostname}
    hosts |= {urlsplit(each).hostname for each in settings["index"]["urls"]}
    assert hosts <= COMPOSE["services"].keys()


def test_only_the_machine_itself_reaches_pages_and_metrics():
    """What others reach is the proxy."""
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"]["web"]["ports"])
    for name in ("database", "objects", "search"):
        assert "ports" not in COMPOSE["services"][name]


def test_docker_takes_the_compose_file():
    """As docker reads it, where it is here with its plugin."""
    docker = shutil.which("docker")
    if (
        not docker
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("DOCKER COMPOSE ABSENT: the file was judged by this project's own tests alone")
    subprocess.run(
        [docker, "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"],
        env={**os.environ, "LONGEVA_S3_SECRET": "x"}, check=True,
    )  # fmt: skip


def body_limit(conf, path):
    """Return how many bytes the example lets an address have: that of its location, else the server's."""
    sizes = {"k": 1 << 10, "m": 1 << 20}
    blocks = re.findall(r"(?ms)^    location (~|=|) ?(\S+) \{(.*?)^    \}", conf)
    fits = {"~": lambda pattern: re.search(pattern, path), "": path.startswith, "=": path.__eq__}
    ours = [body for kind, place, body in blocks if fits[kind](place) and "client_max_body_size" in body]
    told = re.search(r"client_max_body_size (\d+)([km]);", ours[0] if ours else conf)
    return int(told[1]) * sizes[told[2]]


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("/api/v1/tenants/villar/uploads", LARGEST_PART),
        ("/api/v1/tenants/villar/uploads/0190", LARGEST_PART),
        ("/archivo/villar/depositos/nuevo", MOST),
        ("/api/v1/tenants/villar/deposits/files", SMALL),
        ("/api/v1/tenants/villar/deposits/check/files", SMALL),
        ("/preservacion/v1/PreservePO", MAX_MESSAGE),
        ("/verificar", MAX_FORM),
        ("/archivo/villar/copias", MAX_FORM),
    ],
)
def test_the_proxy_lets_through_what_each_address_takes(path, taken):
    """As much as the program reads there, and hardly more: strangers fill no folder."""
    limit = body_limit((DEPLOY / "nginx.conf").read_text("utf-8"), path)
    assert taken <= limit <= taken * 1.1


def test_the_proxy_says_who_asks_and_logs_no_code():
    """What web.trusted_proxies believes is overwritten, and no location that sets a header loses that."""
    conf = (DEPLOY / "nginx.conf").read_text("utf-8")
    server, _, locations = conf.partition("    location / ")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in server
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in server
    assert "proxy_set_header" not in locations
    assert "error_log /dev/stderr crit;" in server
    assert not re.search(r"\$(request_uri|request|args|query_string|http_referer)\b", conf)


def test_nginx_takes_the_example(tmp_path):
    """Where nginx is here: `nginx -t`, with a certificate of its own."""
    nginx, openssl = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), shutil.which("openssl")
    if not nginx or not openssl:
        pytest.skip("NGINX ABSENT: deploy/nginx.conf was not judged by it")
    subject = ["-subj", "/CN=x", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "fullchain.pem"]
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject], check=True)
    conf = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/etc/nginx/tls", str(tmp_path))
    (tmp_path / "site.conf").write_text(conf.replace("web:8080", "127.0.0.1:8080"))
    (tmp_path / "nginx.conf").write_text(f"events {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n")
    subprocess.run(
        [nginx, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "log"], check=True
    )

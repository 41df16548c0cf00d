# SPDX-License-Identifier: EUPL-1.2
"""Time-stamping services that the settings name: asked in order; gone, hanging and lying ones are passed by."""

from __future__ import annotations

import zipfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from stamping_services import StampingService, served
from terminal import longeva, problem

from archive.clock import FixedClock, SystemClock
from archive.errors import TimestampUnavailable
from archive.home import Home
from demo.expediente import build_expediente
from preservation.authority import DevelopmentAuthority
from preservation.evidence.repository import verify_object
from preservation.indications import Indication
from preservation.installation import development_authority, time_stamping
from preservation.trust.store import TrustStore

TENANT = "villa"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """A provider of time stamps with roots of its own, which nobody knows unless told."""
    return DevelopmentAuthority.create(tmp_path_factory.mktemp("provider") / "authority", SystemClock())


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """An expediente that any home may take in."""
    folder = tmp_path_factory.mktemp("package")
    maker = DevelopmentAuthority.create(folder / "authority", SystemClock())
    return build_expediente(folder, maker, recording_megabytes=1).zip_path


@pytest.fixture
def services(provider):
    """Return a function that starts services of some manners and gives them with their addresses."""
    with ExitStack() as running:
        started = []

        def start(*manners):
            made = [StampingService(provider, SystemClock(), manner) for manner in manners]
            started.extend(made)
            return [(each, running.enter_context(served(each.answer))) for each in made]

        yield start
        for each in started:
            each.released.set()


def done(*arguments):
    ran = longeva(*arguments, "--json")
    assert ran.code == 0, (ran.out, ran.err)
    return ran.json


def set_up(home: Path, addresses, *, anchors=(), extra=""):
    """Make a home whose settings name these services, in this order."""
    tables = [
        f'[timestamps.authorities.{name}]\nurl = "{url}"\ntimeout = 1\n{extra}\n'
        for name, url in zip(("first", "second", "third", "fourth"), addresses, strict=False)
    ]
    home.mkdir()
    (home / "longeva.toml").write_text("\n".join(tables), "utf-8")
    trust = home / "trust"
    trust.mkdir()
    for number, der in enumerate(anchors):
        pem = load_der_x509_certificate(der).public_bytes(Encoding.PEM)
        (trust / f"provider-{number}.pem").write_bytes(pem)
    done("init", "--home", home)
    done("tenant", "add", TENANT, "--name", "Ayuntamiento de Villa", "--dir3", "L01990019", "--home", home)


def test_who_is_gone_hangs_lies_or_refuses_is_passed_by(tmp_path, provider, package, services):
    """The fourth stamps, is recorded by its name, and evidence, kit and copy stand on its root alone."""
    (hanging, lying, honest) = services("hangs", "lies", "honest")
    home = tmp_path / "home"
    addresses = ["http://127.0.0.1:9/tsa", hanging[1], lying[1], honest[1]]
    set_up(home, addresses, anchors=provider.anchors())
    receipt = done("deposit", package, "--tenant", TENANT, "--home", home)["receipts"][0]
    sealed = done("evidence", "seal", "--home", home)
    assert sealed["authority"] == "fourth"
    assert (hanging[0].asked, lying[0].asked, honest[0].asked) == (1, 1, 1)

    assert longeva("audit", "--all", "--home", home).code == 0
    kit = tmp_path / "kit.zip"
    done("export", receipt["object"], "-o", kit, "--as", "kit", "--home", home)
    with Home.open(home, SystemClock()) as opened:
        own = development_authority(opened)
    with zipfile.ZipFile(kit) as archive:
        assert archive.read("trust/anchors.pem").count(b"BEGIN CERTIFICATE") == 1
    assert own.anchors() != provider.anchors()
    assert longeva("verify", kit, "--home", home, "--json").json["verdict"] == "INCOMPLETE"  # revoked?
    for number, der in enumerate(provider.crls(SystemClock().now())):
        (home / "trust" / f"provider-{number}.crl").write_bytes(der)
    done("verify", kit, "--home", home)

    done("certify", receipt["object"], "-o", tmp_path / "copia.pdf", "--home", home)
    judged = longeva("signature", "validate", tmp_path / "copia.pdf", "--home", home, "--json")
    assert [(each["indication"], each["level"]) for each in judged.json["signatures"]] == [
        ("TOTAL_PASSED", "LTA")
    ]


@pytest.mark.parametrize("days", [-3650, -1, 1, 3650])
def test_a_service_whose_clock_jumps_is_passed_by(tmp_path, provider, package, services, days):
    """Its tokens are of another day or decade; the next service stamps, and the finding says why."""
    (jumping, honest) = services("honest", "honest")
    jumping[0].clock = FixedClock(SystemClock().now() + timedelta(days=days))
    home = tmp_path / "home"
    set_up(home, [jumping[1], honest[1]], anchors=provider.anchors())
    done("deposit", package, "--tenant", TENANT, "--home", home)
    sealed = done("evidence", "seal", "--home", home)
    assert sealed["authority"] == "second"
    (found,) = sealed["findings"]
    assert found["code"] == "EVIDENCE-AUTHORITY-FAILED"
    assert "our clock says" in found["message"] or "no time-stamping unit" in found["message"]


def test_two_authorities_over_one_root_prove_each_by_itself(tmp_path, provider, package, services):
    """Two providers with roots of their own; should either fall, the record shows the other one's token."""
    other = DevelopmentAuthority.create(tmp_path / "other", SystemClock())
    (first, second) = services("honest", "honest")
    second[0].authority = other
    home = tmp_path / "home"
    set_up(home, [first[1], second[1]], anchors=(*provider.anchors(), *other.anchors()))
    done("evidence", "policy", "--tenant", TENANT, "--tokens", 2, "--home", home)
    receipt = done("deposit", package, "--tenant", TENANT, "--home", home)["receipts"][0]
    sealed = done("evidence", "seal", "--home", home)
    assert [each["authority"] for each in sealed["batches"][0]["tokens"]] == ["first", "second"]
    assert (first[0].asked, second[0].asked) == (1, 1)
    with Home.open(home, SystemClock()) as opened:
        now = opened.clock.now()
        for anchors in (provider.anchors(), other.anchors()):
            verdict = verify_object(opened, receipt["object"], at=now, trust=TrustStore(anchors))
            assert verdict.indication is Indication.TOTAL_PASSED
        nobody = verify_object(opened, receipt["object"], at=now, trust=TrustStore())
        assert nobody.indication is not Indication.TOTAL_PASSED


def test_while_all_are_gone_sealing_stays_due_and_deposits_go_on(tmp_path, provider, package, services):
    """Exit 60 with each one's reason; the receipt is given all the same; when one is back it is sealed."""
    ((refusing, address),) = services("refuses")
    home = tmp_path / "home"
    set_up(home, ["http://127.0.0.1:9/tsa", address], anchors=provider.anchors())
    receipt = done("deposit", package, "--tenant", TENANT, "--home", home)["receipts"][0]
    assert receipt["object"]
    told = problem(longeva("evidence", "seal", "--home", home, "--json"), "timestamp-unavailable", 60)
    assert "first did not answer" in told["detail"]
    assert "second answered with status 503" in told["detail"]
    assert done("show", receipt["object"], "--home", home)["evidence"] == []
    worked = longeva("worker", "--once", "--home", home, "--json")
    assert worked.code == 1
    assert "second answered with status 503" in worked.json["failed"]["sealed"]
    assert worked.json["indexed"] > 0
    refusing.manner = "honest"
    assert done("evidence", "seal", "--home", home)["authority"] == "second"


def test_nothing_of_the_development_authority_counts_for_a_named_service(tmp_path, services):
    """A service whose root nobody put into the trust folder stamps nothing."""
    ((_, address),) = services("honest")
    home = tmp_path / "home"
    set_up(home, [address])
    with Home.open(home, SystemClock()) as opened:
        development_authority(opened)
        with pytest.raises(TimestampUnavailable, match="NO_CERTIFICATE_CHAIN_FOUND"):
            time_stamping(opened).stamp(bytes(32), "sha256")


def test_a_service_may_ask_who_we_are(tmp_path, provider, package, services):
    """User and password are sent; without them the answer is 401, and is told as that."""
    ((_, address),) = services("locked")
    for number, extra in enumerate(('user = "u"\npassword = "p"', "")):
        home = tmp_path / f"home{number}"
        set_up(home, [address], anchors=provider.anchors(), extra=extra)
        done("deposit", package, "--tenant", TENANT, "--home", home)
        sealed = longeva("evidence", "seal", "--home", home, "--json")
        if extra:
            assert sealed.json["authority"] == "first"
        else:
            assert "status 401" in problem(sealed, "timestamp-unavailable", 60)["detail"]

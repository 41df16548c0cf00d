# SPDX-License-Identifier: EUPL-1.2
"""A report of a signature with every field filled, for those that only tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from preservation.indications import Check, Indication, Outcome
from preservation.signatures.facts import Change, PolicyFacts
from preservation.signatures.report import RevocationReport, SignatureReport, TimestampReport, Weakness
from preservation.trust.signer import Signer

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
SIGNED = datetime(2020, 3, 4, 15, 30, tzinfo=UTC)
SIGNER = Signer(
    name="ANA EJEMPLO UNO",
    identifier="12345678Z",
    organisation="AYUNTAMIENTO DE PRUEBAS",
    issuer="AC Pruebas",
    serial="1f",
    not_before=datetime(2019, 1, 1, tzinfo=UTC),
    not_after=datetime(2023, 1, 1, tzinfo=UTC),
    kind="public employee",
    profile="FNMT-RCM",
    organisation_identifier="S2833002E",
    position="SECRETARIA",
    qualities=("qualified", "medium level"),
    policies=("2.16.724.1.3.5.7.2",),
)
PASSED = SignatureReport(
    format="XAdES",
    level="LTA",
    indication=Indication.TOTAL_PASSED,
    sub_indication="",
    intact=True,
    signing_time=SIGNED,
    best_signature_time=SIGNED,
    proven_by="signature time stamp",
    signer=SIGNER,
    timestamps=(
        TimestampReport(
            "signature",
            SIGNED,
            intact=True,
            authority="TSA Pruebas",
            indication=Indication.TOTAL_PASSED,
            covers=("signature value",),
            algorithm="sha256",
            valid_until=datetime(2027, 1, 1, tzinfo=UTC),
            token=b"\x30\x00token",
        ),
    ),
    policy="urn:oid:2.16.724.1.3.1.1.2.1.9",
    policy_facts=PolicyFacts("urn:oid:2.16.724.1.3.1.1.2.1.9", "sha1", b"otra huella"),
    covers=("(document) /doc",),
    place="/doc/Signature",
    algorithms=("sha256", "rsa"),
    references=(Check("#CONTENIDO", Outcome.OK),),
    value=Check("signature value", Outcome.OK),
    claims=(("role", "Secretaria"), ("place", "Pruebas"), ("data format", "text/xml")),
    weaknesses=(
        Weakness(
            "sha1", "certificate chain of the signature", datetime(2017, 1, 1, tzinfo=UTC), protected=True
        ),
    ),
    certificates=(SIGNER, replace(SIGNER, name="AC Pruebas", identifier="", kind="authority")),
    revocations=(
        RevocationReport(
            "crl",
            "ANA EJEMPLO UNO",
            "AC Pruebas",
            SIGNED,
            datetime(2020, 3, 11, tzinfo=UTC),
            sha256="ab" * 32,
        ),
    ),
)
EXPIRED = replace(
    PASSED,
    indication=Indication.INDETERMINATE,
    sub_indication="OUT_OF_BOUNDS_NO_POE",
    reasons=("the certificate had expired on 2023-01-01, and no proof says that it was made before",),
    proven_by="",
    best_signature_time=AT,
    timestamps=(),
)
BROKEN = replace(
    EXPIRED,
    indication=Indication.TOTAL_FAILED,
    sub_indication="HASH_FAILURE",
    intact=False,
    reasons=("not what was signed: #CONTENIDO",),
    references=(Check("#CONTENIDO", Outcome.FAILED),),
)
CHANGED = replace(
    EXPIRED,
    format="PAdES",
    sub_indication="SIG_CONSTRAINTS_FAILURE",
    reasons=("changed after signing: /Contents of a page was changed",),
    changes=(
        Change("object 7", "/Contents of a page was changed", allowed=False),
        Change("catalog", "/DSS was brought up to date", allowed=True),
    ),
)
UNREADABLE = SignatureReport(
    "PAdES",
    "",
    Indication.INDETERMINATE,
    "FORMAT_FAILURE",
    intact=False,
    reasons=("not readable: encrypted",),
)
EVERY = (PASSED, EXPIRED, BROKEN, CHANGED, UNREADABLE)

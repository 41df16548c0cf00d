# SPDX-License-Identifier: EUPL-1.2
"""One process of stock pyHanko that validates the files it is told, for `benchmarks.signatures`.

    python -m benchmarks.pyhanko_peer TRUST_FOLDER AT < jobs > answers

Its documented AdES validation with the same trust and lists; nothing is fetched.
"""

from __future__ import annotations

import asyncio
import io
import sys
from datetime import datetime
from pathlib import Path

from asn1crypto import cms, crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from benchmarks.signature_worker import Validator, answer_jobs


def pyhanko(trust_folder: Path, at: datetime) -> Validator:
    """Return stock pyHanko's AdES validation."""
    certificates = [x509.Certificate.load(each.read_bytes()) for each in sorted(trust_folder.glob("*.crt"))]
    roots = [each for each in certificates if each.self_issued]
    lists = [crl.CertificateList.load(each.read_bytes()) for each in sorted(trust_folder.glob("*.crl"))]
    spec = SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=roots),
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=LocalKnowledge(
            known_certs=certificates, known_crls=[CRLContainer(each) for each in lists]
        ),
    )
    timing = ValidationTimingInfo(at, at, point_in_time_validation=True)
    loop = asyncio.new_event_loop()

    async def judged(kind: str, data: bytes) -> object:
        if kind.startswith("cades"):
            signed = cms.ContentInfo.load(data)["content"]
            check = ades.ades_with_time_validation if kind == "cades-t" else ades.ades_basic_validation
            return await check(signed, spec, timing_info=timing, raw_digest=None)
        embedded = PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures[0]
        if kind == "pades-lta":
            return await ades.ades_lta_validation(
                embedded, PdfSignatureValidationSpec(spec), timing_info=timing
            )
        return await ades.ades_basic_validation(
            embedded.signed_data, spec, timing_info=timing, raw_digest=embedded.compute_digest()
        )

    def validate(kind: str, data: bytes) -> bool:
        found = loop.run_until_complete(judged(kind, data))
        return found.ades_subindic.status.name == "PASSED"

    return validate


if __name__ == "__main__":
    answer_jobs(pyhanko(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])))

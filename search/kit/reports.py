# SPDX-License-Identifier: EUPL-1.2
"""Validation reports in a kit: the verdict on each signature, as it was recorded at the deposit.

    reports/NN.json   the values: what `metadata/deposit.json`, which is proven, says of the file's signatures
    reports/NN.html   the same as a page in Spanish that needs nothing but a browser

Source: ETSI TS 119 102-2 (what a validation report tells); docs/manual/informe-de-firma.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from archive.home import Home
from archive.model import RECORD_PATH, ObjectRecord, SignatureRecord
from archive.record import DepositDocument
from preservation.signatures.eni.validate import NOT_APPLICABLE
from preservation.signatures.reports.from_json import report_from_json
from preservation.signatures.reports.page import report_page


def report_members(home: Home, record: ObjectRecord) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield a JSON and a page for each file in which signatures were judged, in order of its path.

    Raises:
        IntegrityError: The deposit record cannot be read.
    """
    objects = home.objects(record.tenant_id)
    data = b"".join(objects.read_verified(record.object_id, RECORD_PATH, record.version))
    deposit = DepositDocument.from_bytes(data)
    judged: dict[str, list[SignatureRecord]] = {}
    for each in deposit.signatures:
        if each.indication != NOT_APPLICABLE:  # a CSV is no signature that could be judged
            judged.setdefault(each.path, []).append(each)
    digests = {each.path: each.digests.sha256 for each in deposit.files}
    for number, path in enumerate(sorted(judged), 1):
        told = [
            {name: value for name, value in asdict(each).items() if name != "path"} for each in judged[path]
        ]
        body = {"file": path, "sha256": digests.get(path, ""), "signatures": told}
        text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        yield f"reports/{number:02d}.json", (text.encode(),)
        page = report_page(
            [report_from_json(each.report) for each in judged[path]],
            file=path.rsplit("/", 1)[-1],
            sha256=digests.get(path, ""),
            at=deposit.deposit.since,
        )
        yield f"reports/{number:02d}.html", (page.encode(),)

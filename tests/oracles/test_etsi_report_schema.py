# SPDX-License-Identifier: EUPL-1.2
"""Our validation reports against the schema that ETSI publishes, out of the archives of DSS where they are here."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest
from etsi_schema import report_schema
from lxml import etree
from reported import AT, EVERY

from preservation.signatures.engine.judge import judge
from preservation.signatures.reading import read_signatures
from preservation.signatures.reports.etsi import etsi_report
from preservation.signatures.supplied import from_path
from preservation.trust.store import TrustStore

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """The schema of TS 119 102-2, or a loud skip."""
    found = report_schema(tmp_path_factory.mktemp("schema"))
    if found is None:
        pytest.skip(
            "ETSI SCHEMA ABSENT: specs-validation-report is not in the Maven repository; only the structure was tested"
        )
    return found


def require_valid(schema, xml):
    """Fail with what the schema says."""
    assert schema.validate(etree.fromstring(xml, etree.XMLParser(huge_tree=True))), (
        schema.error_log.last_error
    )


@pytest.mark.parametrize("report", EVERY)
def test_each_kind_of_report_is_valid(schema, report):
    """Passed, expired, broken, changed and unreadable."""
    require_valid(schema, etsi_report([report, report], at=AT, place="decreto.pdf"))


def test_a_wrong_report_is_not_valid(schema):
    """The schema that is asked does refuse something."""
    xml = etsi_report([EVERY[0]], at=AT).replace(b"MainIndication", b"Indication")
    assert not schema.validate(etree.fromstring(xml))


@pytest.mark.corpus
def test_reports_on_real_signatures_are_valid(schema, shared):
    """Every signed file of the Spanish corpus."""
    root = shared / "data" / "corpus"
    at = datetime(2026, 11, 21, tzinfo=UTC)
    told = 0
    for row in csv.DictReader((root / "spanish_expected.csv").read_text("utf-8").splitlines()):
        given = [root / each for each in row["detached_content"].split(";") if each]
        facts = read_signatures(
            (root / row["file"]).read_bytes(), [from_path(each) for each in given if each.is_file()]
        )
        reports = [judge(each, TrustStore(), at) for each in facts]
        if reports:
            require_valid(schema, etsi_report(reports, at=at, place=row["file"]))
            told += 1
    assert told > 100

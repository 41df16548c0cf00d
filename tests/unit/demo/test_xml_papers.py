# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from decimal import Decimal

from archive.xml import parse_xml
from demo.town import CITIZEN, on
from demo.xml_papers import RECEIPT, invoice, receipt


def test_the_invoice_adds_up():
    """Lines, tax and total of the invoice agree with one another."""
    root = parse_xml(invoice()).getroot()
    lines = [Decimal(line.text) for line in root.iter("TotalCost")]
    assert sum(lines) == Decimal(root.findtext(".//TotalGrossAmount"))
    assert sum(lines) * Decimal("1.10") == Decimal(root.findtext(".//InvoiceTotal"))


def test_the_receipt_tells_who_read_what_and_when():
    """The evidence names the addressee and the instant of reading, and is one element without declaration."""
    data = receipt("N-1", "Acto <de prueba>", on("2025-01-28 09:06"), on("2025-01-30 19:41"))
    root = parse_xml(data).getroot()
    assert root.findtext(f"{{{RECEIPT}}}destinatario/{{{RECEIPT}}}nif") == CITIZEN.nif
    assert root.findtext(f"{{{RECEIPT}}}fechaNotificacion") == "2025-01-30T19:41:00+01:00"
    assert root.findtext(f"{{{RECEIPT}}}concepto") == "Acto <de prueba>"
    assert data.startswith(b"<acuse")

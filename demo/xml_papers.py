# SPDX-License-Identifier: EUPL-1.2
"""Papers that are XML: the evidence of a notification and the builder's invoice.

Both are written in our own words after the public formats (DEHú's certificación, Facturae 3.2.2); they are
not meant to be sent to anybody.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

from demo.town import BUILDER, CITIZEN, COMPANY_NIF, DIR3, NUMBER, TOWN, written

RECEIPT: Final = "urn:villanueva-del-encinar:notificaciones:acuse:1"
FACTURAE: Final = "http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml"


def receipt(number: str, about: str, offered_at: datetime, read_at: datetime) -> bytes:
    """Return the evidence that a notification was offered and read: one element, no declaration."""
    states = (
        ("puesta_a_disposicion", offered_at, "Depositada en la sede y en la DEHU"),
        ("aviso_enviado", offered_at, "Aviso al dispositivo electrónico señalado por el interesado"),
        ("leida", read_at, "El interesado accede al contenido tras identificarse con certificado"),
    )
    steps = "".join(
        f'<suceso orden="{order}"><estado>{state}</estado><fecha>{written(at)}</fecha>'
        f"<descripcion>{words}</descripcion></suceso>"
        for order, (state, at, words) in enumerate(states, 1)
    )
    return (
        f'<acuse xmlns="{RECEIPT}" version="1.0"><envio>{number}</envio><expediente>{NUMBER}</expediente>'
        f"<organismo><dir3>{DIR3}</dir3><denominacion>{TOWN}</denominacion></organismo>"
        f"<concepto>{escape(about)}</concepto>"
        f"<destinatario><nif>{CITIZEN.nif}</nif><nombre>{CITIZEN.name}</nombre><titular>true</titular>"
        f"</destinatario><resultado>notificada</resultado><fechaNotificacion>{written(read_at)}"
        f"</fechaNotificacion><sucesos>{steps}</sucesos></acuse>"
    ).encode()


_LINES: Final = (
    (
        "Certificación 8.ª y última. Carpintería exterior de madera y restauración de rejería",
        Decimal("14210.00"),
    ),
    ("Revoco de cal en tres capas y encalado de fachada", Decimal("9865.00")),
    ("Instalación de ventilación mecánica con recuperador de calor", Decimal("8400.00")),
    ("Aljibe prefabricado de 3.000 litros y reposición del acerado", Decimal("5600.00")),
)


def invoice() -> bytes:
    """Return the builder's last invoice, shaped as Facturae 3.2.2, unsigned, with declaration."""
    base = sum(amount for _, amount in _LINES)
    tax = (base * Decimal("0.10")).quantize(Decimal("0.01"))
    lines = "".join(_line(number, words, amount) for number, (words, amount) in enumerate(_LINES, 1))
    taxes = (
        f"<TaxesOutputs><Tax><TaxTypeCode>01</TaxTypeCode><TaxRate>10.00</TaxRate>"
        f"<TaxableBase><TotalAmount>{base}</TotalAmount></TaxableBase>"
        f"<TaxAmount><TotalAmount>{tax}</TotalAmount></TaxAmount></Tax></TaxesOutputs>"
    )
    total = base + tax
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<fe:Facturae xmlns:fe="{FACTURAE}"><FileHeader><SchemaVersion>3.2.2</SchemaVersion>'
        f"<Modality>I</Modality><InvoiceIssuerType>EM</InvoiceIssuerType><Batch>"
        f"<BatchIdentifier>{COMPANY_NIF}RV-2025-0118</BatchIdentifier><InvoicesCount>1</InvoicesCount>"
        f"<TotalInvoicesAmount><TotalAmount>{total}</TotalAmount></TotalInvoicesAmount>"
        f"<TotalOutstandingAmount><TotalAmount>{total}</TotalAmount></TotalOutstandingAmount>"
        f"<TotalExecutableAmount><TotalAmount>{total}</TotalAmount></TotalExecutableAmount>"
        f"<InvoiceCurrencyCode>EUR</InvoiceCurrencyCode></Batch></FileHeader>"
        f"<Parties>{_seller()}{_buyer()}</Parties><Invoices><Invoice><InvoiceHeader>"
        f"<InvoiceNumber>0118</InvoiceNumber><InvoiceSeriesCode>RV-2025</InvoiceSeriesCode>"
        f"<InvoiceDocumentType>FC</InvoiceDocumentType><InvoiceClass>OO</InvoiceClass></InvoiceHeader>"
        f"<InvoiceIssueData><IssueDate>2025-11-19</IssueDate><InvoiceCurrencyCode>EUR</InvoiceCurrencyCode>"
        f"<TaxCurrencyCode>EUR</TaxCurrencyCode><LanguageName>es</LanguageName></InvoiceIssueData>{taxes}"
        f"<InvoiceTotals><TotalGrossAmount>{base}</TotalGrossAmount>"
        f"<TotalGrossAmountBeforeTaxes>{base}</TotalGrossAmountBeforeTaxes>"
        f"<TotalTaxOutputs>{tax}</TotalTaxOutputs><TotalTaxesWithheld>0.00</TotalTaxesWithheld>"
        f"<InvoiceTotal>{total}</InvoiceTotal><TotalOutstandingAmount>{total}</TotalOutstandingAmount>"
        f"<TotalExecutableAmount>{total}</TotalExecutableAmount></InvoiceTotals>"
        f"<Items>{lines}</Items></Invoice></Invoices></fe:Facturae>\n"
    ).encode()


def _line(number: int, words: str, amount: Decimal) -> str:
    return (
        f"<InvoiceLine><SequenceNumber>{number}</SequenceNumber>"
        f"<ItemDescription>{escape(words)}</ItemDescription><Quantity>1</Quantity>"
        f"<UnitOfMeasure>01</UnitOfMeasure><UnitPriceWithoutTax>{amount}</UnitPriceWithoutTax>"
        f"<TotalCost>{amount}</TotalCost><GrossAmount>{amount}</GrossAmount><TaxesOutputs><Tax>"
        f"<TaxTypeCode>01</TaxTypeCode><TaxRate>10.00</TaxRate><TaxableBase><TotalAmount>{amount}"
        f"</TotalAmount></TaxableBase></Tax></TaxesOutputs></InvoiceLine>"
    )


def _seller() -> str:
    return (
        f"<SellerParty><TaxIdentification><PersonTypeCode>J</PersonTypeCode>"
        f"<ResidenceTypeCode>R</ResidenceTypeCode><TaxIdentificationNumber>{COMPANY_NIF}"
        f"</TaxIdentificationNumber></TaxIdentification><LegalEntity><CorporateName>{BUILDER.organisation}"
        f"</CorporateName>{_address('Polígono El Chaparral, nave 7')}</LegalEntity></SellerParty>"
    )


def _buyer() -> str:
    first, surname, second = CITIZEN.name.split()
    return (
        f"<BuyerParty><TaxIdentification><PersonTypeCode>F</PersonTypeCode>"
        f"<ResidenceTypeCode>R</ResidenceTypeCode><TaxIdentificationNumber>{CITIZEN.nif}"
        f"</TaxIdentificationNumber></TaxIdentification><Individual><Name>{first}</Name>"
        f"<FirstSurname>{surname}</FirstSurname><SecondSurname>{second}</SecondSurname>"
        f"{_address('Calle del Olmo, 14')}</Individual></BuyerParty>"
    )


def _address(street: str) -> str:
    return (
        f"<AddressInSpain><Address>{street}</Address><PostCode>99001</PostCode>"
        f"<Town>Villanueva del Encinar</Town><Province>Encinares</Province><CountryCode>ESP</CountryCode>"
        f"</AddressInSpain>"
    )

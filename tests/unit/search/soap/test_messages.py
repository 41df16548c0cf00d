# SPDX-License-Identifier: EUPL-1.2
"""Messages of the CSV Broker, whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive.errors import InvalidRequest, RequestError
from search.soap.broker import Answer, Found
from search.soap.envelope import Soap, read_message, text_of, write_fault, write_message
from search.soap.messages import OPERATIONS, SERVICE, error_info, read_request, write_answer

XML_TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), max_size=60
)


def body(operation, **values):
    """A request's element."""
    root = etree.Element(f"{{{SERVICE}}}{operation}")
    asked = etree.SubElement(root, OPERATIONS[operation].request)
    for name, value in values.items():
        etree.SubElement(asked, name).text = value
    return root


@given(st.binary(max_size=400))
def test_bytes_are_a_message_or_are_refused(data):
    """No bytes crash the reading; what is no envelope is the caller's error."""
    with pytest.raises(RequestError):
        read_message(data)


@given(XML_TEXT, XML_TEXT, st.sampled_from(sorted(OPERATIONS)), st.sampled_from(list(Soap)))
def test_what_is_written_is_read(csv, dir3, operation, soap):
    """Codes and organs travel as they are, but for the space around them."""
    message = read_message(write_message(soap, body(operation, csv=csv, dir3=dir3)))
    assert message.soap is soap
    if not csv.strip() or not dir3.strip():
        with pytest.raises(InvalidRequest):
            read_request(message.body)
        return
    asked = read_request(message.body)
    assert (asked.query.csv, asked.query.dir3) == (csv.strip(), dir3.strip())
    assert asked.operation.name == operation


@pytest.mark.parametrize(
    ("name", "value"), [("recuperacion_original", "X"), ("documento_eni", "s"), ("csv", "x" * 5_000)]
)
def test_values_outside_the_contract_are_refused(name, value):
    """Flags are S or N; nothing is longer than any value is."""
    values = {"csv": "A", "dir3": "L01990019", name: value}
    with pytest.raises(InvalidRequest):
        read_request(body("csvQueryDocument", **values))


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_answers_have_the_contracts_order(operation):
    """Code, description, document, wait; a document of an address has no content."""
    given = Found("ñ & <x>.pdf", "application/pdf; charset=x", b"%PDF")
    told = write_answer(OPERATIONS[operation], Answer("0", "bien", given))
    inside = told[0]
    assert [etree.QName(one).localname for one in inside][:2] == ["code", "description"]
    assert text_of(inside[2], "name") == "ñ & <x>.pdf"
    assert text_of(inside[2], "mime") == "application/pdf"
    waits = write_answer(OPERATIONS[operation], Answer("1", "espere", wait=60))
    assert waits[0].findtext("waitResponse/secondsToWait") == "60"
    elsewhere = write_answer(
        OPERATIONS["csvQueryDocumentSecurity"], Answer("0", "", Found("a", "b", url="https://x/"))
    )
    assert elsewhere[0].find("documentUrlResponse/content") is None


@pytest.mark.parametrize("soap", list(Soap))
@pytest.mark.parametrize("ours", [True, False])
def test_faults_say_whose_they_are(soap, ours):
    """In the words of each version, with the contract's detail."""
    root = etree.fromstring(write_fault(soap, "no", ours=ours, detail=error_info("400", "no")))
    text = etree.tostring(root).decode()
    words = {Soap.V11: ("Server", "Client"), Soap.V12: ("Receiver", "Sender")}[soap]
    assert f"soap:{words[0 if ours else 1]}" in text
    assert "errorInfo" in text

# SPDX-License-Identifier: EUPL-1.2
"""The CSV Broker's contract, asked by a client that knows nothing but our WSDL, over a real socket."""

from __future__ import annotations

import base64
import threading
import urllib.request

import pytest
from archived import decree, make_archive
from lxml import etree
from ports import free_port
from requests import Session
from zeep import Client, Settings
from zeep.exceptions import Fault
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from archive.errors import StorageUnavailable
from archive.identity import Right
from archive.identity.keys import Keys
from archive.web.app import WebSettings, create_app
from archive.web.serving import Listener
from search.soap.messages import MODEL, SERVICE
from search.soap.views import MAX_REQUEST, blueprint

FOREIGN = "A1B2C3D4E5F6G7H8J9K0"
REFERENCE = "data/eni/wsdl/csvstorage"
NONE = "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """An archive with a copy and a document of another platform, served with the broker's addresses."""
    archived = make_archive(tmp_path_factory.mktemp("broker"))
    record = archived.deposit(decree(), csv=FOREIGN)
    archived.copy = archived.certify(record.object_id)
    archived.key, archived.password = Keys(archived.home).make("villar", "CSV Broker", [Right.SEARCH], "test")
    port = free_port()
    archived.url = f"http://127.0.0.1:{port}"
    app = create_app(lambda: archived.home, [blueprint], WebSettings(archived.url))
    listener, stop = Listener(app, "127.0.0.1", port, threads=2), threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,), kwargs={"grace": 1.0}, daemon=True)
    thread.start()
    yield archived
    stop.set()
    thread.join(10)
    archived.home.close()


def client(broker, rest="", wsse=None, **settings):
    """Return a client made from the WSDL that is served."""
    transport = Transport(session=Session(), timeout=20)
    return Client(
        f"{broker.url}/csvbroker{rest}?wsdl", transport=transport, wsse=wsse, settings=Settings(**settings)
    )


def credential(broker, **other):
    """The application's key."""
    return {"idaplicacion": broker.key.key_id, "password": broker.password, **other}


def question(csv, **more):
    """A question to the municipality's organ."""
    return {"csv": csv, "dir3": "L01990019", **more}


def test_document_is_given_for_its_code(broker):
    """A copy of ours: 0, its name and kind, and the very bytes that were issued."""
    told = client(broker).service.csvQueryDocument(credential(broker), question(broker.copy.csv))
    assert (told.code, told.waitResponse) == ("0", None)
    assert told.documentResponse.content == broker.copy.pdf
    assert (told.documentResponse.mime, told.documentResponse.name[-4:]) == ("application/pdf", ".pdf")


def test_code_of_another_platform_gives_the_original(broker):
    """As it was signed there."""
    told = client(broker).service.csvQueryDocument(credential(broker), question(FOREIGN))
    assert told.documentResponse.content == decree()


def test_eni_document_is_given_where_it_is_asked_for(broker):
    """`documento_eni` S gives the XML, as it was issued."""
    asked = question(broker.copy.csv, documento_eni="S")
    told = client(broker).service.csvQueryDocument(credential(broker), asked)
    assert told.documentResponse.content == broker.copy.eni
    assert told.documentResponse.mime == "application/xml"


def test_unknown_and_other_organs_codes_are_not_found_alike(broker):
    """2 and the same words: a code tells nothing to who asks the wrong organ."""
    service = client(broker).service
    answers = [
        service.csvQueryDocument(credential(broker), question(NONE)),
        service.csvQueryDocument(credential(broker), question("<&\u00f1\u202e")),
        service.csvQueryDocument(credential(broker), question(broker.copy.csv, dir3="L01990020")),
    ]
    assert {(one.code, one.description) for one in answers} == {("2", "CSV no encontrado.")}


def test_security_variant_answers_alike(broker):
    """With an identification, which opens nothing more; one that is none of the contract's is refused."""
    service = client(broker).service
    more = {"nif": "12345678Z", "tipoIdentificacion": "CLAVE_PERM"}
    told = service.csvQueryDocumentSecurity(credential(broker), question(broker.copy.csv, **more))
    assert told.documentUrlResponse.content == broker.copy.pdf
    wrong = question(broker.copy.csv, tipoIdentificacion="OTRA")
    with pytest.raises(Fault):
        service.csvQueryDocumentSecurity(credential(broker), wrong)


def test_large_document_is_fetched_elsewhere(broker, monkeypatch):
    """The security variant names the public page, without the code; the plain one says that it cannot."""
    monkeypatch.setattr("search.soap.broker.MAX_GIVEN", 100)
    service = client(broker).service
    told = service.csvQueryDocumentSecurity(credential(broker), question(broker.copy.csv))
    assert told.documentUrlResponse.url == f"{broker.url}/verificar"
    assert told.documentUrlResponse.content is None
    assert service.csvQueryDocument(credential(broker), question(broker.copy.csv)).code == "500"


def test_wrong_credentials_are_a_fault(broker):
    """Another secret, another application, none: the contract's fault, always the same."""
    service = client(broker).service
    other, password = Keys(broker.home).make("villar", "Otra", [Right.SEARCH], "test")
    Keys(broker.home).revoke("villar", other.key_id, "test")
    faults = []
    for told in (
        credential(broker, password=broker.password[:-1] + "x"),
        credential(broker, idaplicacion="0" * 16),
        {"idaplicacion": other.key_id, "password": password},
        {"idaplicacion": "", "password": ""},
    ):
        with pytest.raises(Fault) as caught:
            service.csvQueryDocument(told, question(broker.copy.csv))
        faults.append(caught.value)
    assert {one.message for one in faults} == {"Antes debe identificarse"}
    assert {one.detail.findtext(f"{{{MODEL}}}errorInfo/code") for one in faults} == {"401"}


def test_secret_alone_is_a_password_too(broker):
    """For systems whose form has a number and a password."""
    secret = broker.password.rsplit("_", 1)[-1]
    told = client(broker).service.csvQueryDocument(credential(broker, password=secret), question(FOREIGN))
    assert told.code == "0"


def test_ws_security_variant(broker):
    """The same questions with a UsernameToken in the header."""
    token = UsernameToken(broker.key.key_id, broker.password)
    service = client(broker, "/wss", wsse=token).service
    told = service.csvQueryDocument({**question(broker.copy.csv)})
    assert told.documentResponse.content == broker.copy.pdf
    told = service.csvQueryDocumentSecurity({**question(FOREIGN)})
    assert told.documentUrlResponse.content == decree()
    with pytest.raises(Fault):
        client(broker, "/wss").service.csvQueryDocument({**question(FOREIGN)})
    with pytest.raises(Fault, match="PasswordText"):
        digest = UsernameToken(broker.key.key_id, broker.password, use_digest=True)
        client(broker, "/wss", wsse=digest).service.csvQueryDocument({**question(FOREIGN)})


def test_service_that_fails_asks_to_wait(broker, monkeypatch):
    """1 and the seconds: nothing is said of what failed."""

    def fail(*_, **__):
        raise StorageUnavailable("disk /dev/sda1 on fire")

    monkeypatch.setattr("search.soap.broker.verify_csv", fail)
    told = client(broker).service.csvQueryDocument(credential(broker), question(FOREIGN))
    assert (told.code, told.waitResponse.secondsToWait, told.documentResponse) == ("1", 60, None)
    assert "sda1" not in told.description


def test_who_asks_too_often_waits(broker, monkeypatch):
    """1 and the seconds until the next question is heard."""
    monkeypatch.setattr("search.soap.views.RATE", "1/hour")
    service = client(broker).service
    service.csvQueryDocument(credential(broker), question(NONE))
    told = service.csvQueryDocument(credential(broker), question(NONE))
    assert told.code == "1"
    assert 0 < told.waitResponse.secondsToWait <= 3600


def post(broker, data, media_type="text/xml"):
    """Send bytes and return status and body."""
    asked = urllib.request.Request(
        f"{broker.url}/csvbroker", data, {"Content-Type": media_type}, method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def envelope(inside, soap="http://schemas.xmlsoap.org/soap/envelope/", header=""):
    """An envelope as text."""
    text = f'<s:Envelope xmlns:s="{soap}">{header}<s:Body>{inside}</s:Body></s:Envelope>'
    return text.encode()


HOSTILE = {
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "external": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "bomb": b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 100 + b'"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
    "deep": b"<a>" * 5_000 + b"</a>" * 5_000,
    "nothing": b"",
    "no xml": b"%PDF-1.7",
    "not soap": b"<a/>",
    "empty body": envelope(""),
    "two bodies": envelope("<a/><b/>"),
    "unknown operation": envelope("<x:csvQueryDocument xmlns:x='urn:x'/>"),
    "no question": envelope(f"<x:csvQueryDocument xmlns:x='{SERVICE}'/>"),
    "not understood": envelope(
        f"<x:csvQueryDocument xmlns:x='{SERVICE}'/>",
        header="<s:Header><h:x xmlns:h='urn:h' s:mustUnderstand='1'/></s:Header>",
    ),
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?><a/>',
    "long": envelope("<a>" + "x" * MAX_REQUEST + "</a>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_refused_in_a_fault(broker, name):
    """Entities, bombs, depths, and whatever is no question of the contract: a fault of the caller's."""
    status, body = post(broker, HOSTILE[name])
    if name == "long":
        assert status in {413, 500}
        return
    root = etree.fromstring(body)
    assert status == 500
    assert root.findtext(".//faultcode") == "soap:Client"
    assert b"passwd" not in body


def test_soap_1_2_is_answered_in_its_own_words(broker):
    """Another namespace and media type; a fault of the sender's is a 400."""
    soap = "http://www.w3.org/2003/05/soap-envelope"
    status, body = post(broker, envelope("<a/>", soap), "application/soap+xml")
    assert status == 400
    assert etree.fromstring(body).findtext(f".//{{{soap}}}Value") == "soap:Sender"


def test_code_stands_in_no_address_and_no_log(broker, caplog):
    """What is asked travels in the body and is written nowhere."""
    with caplog.at_level(0):
        client(broker).service.csvQueryDocument(credential(broker), question(broker.copy.csv))
    ours = [one for one in caplog.records if one.name.split(".")[0] in {"archive", "search", "service"}]
    logged = "".join(str(vars(one)) for one in ours)
    assert "request.answered" in logged
    assert broker.copy.csv not in logged
    assert broker.password not in logged
    with broker.home.catalog.reading("villar") as tx:
        told = [str(event.detail) for event in tx.tenant_events("villar", 0, 1000)]
    assert not any(broker.copy.csv in one for one in told)


@pytest.mark.parametrize(
    ("rest", "name"),
    [("", "CSVQueryDocumentService.wsdl"), ("/wss", "CSVQueryDocumentWSService.wsdl")],
)
def test_our_contract_is_the_states(broker, shared, rest, name):
    """Operations, elements and types of our WSDL are those of the reference one; skipped where it is not."""
    ours, theirs = client(broker, rest), Client(str(shared / REFERENCE / name))
    assert _told(ours) == _told(theirs)


def test_our_messages_are_valid_by_the_states_schema(broker, shared):
    """What we answer passes the reference schema; skipped where it is not here."""
    schema = _schema(shared / REFERENCE / "CSVQueryDocumentService.wsdl")
    inside = (
        f"<x:OPERATION xmlns:x='{SERVICE}'><credential><idaplicacion>{broker.key.key_id}</idaplicacion>"
        f"<password>{broker.password}</password></credential><REQUEST><csv>CODE</csv><dir3>L01990019</dir3>"
        "</REQUEST></x:OPERATION>"
    )
    for operation, request in (
        ("csvQueryDocument", "queryDocumentRequest"),
        ("csvQueryDocumentSecurity", "queryDocumentSecurityRequest"),
    ):
        for code in (broker.copy.csv, NONE):
            text = inside.replace("OPERATION", operation).replace("REQUEST", request).replace("CODE", code)
            schema.assertValid(etree.ElementTree(etree.fromstring(text)))
            _, body = post(broker, envelope(text))
            answer = etree.fromstring(body).find(".//{*}Body")[0]
            schema.assertValid(etree.ElementTree(answer))


def _schema(path):
    """Return the schema inside a WSDL, its imports resolved among themselves."""
    types = etree.parse(str(path)).findall(".//{http://www.w3.org/2001/XMLSchema}schema")
    by_name = {one.get("targetNamespace"): one for one in types}
    folder = {f"mem:{number}": etree.tostring(one) for number, one in enumerate(by_name.values())}
    main = by_name[SERVICE]
    for found in main.findall("{http://www.w3.org/2001/XMLSchema}import"):
        found.set("schemaLocation", f"mem:{list(by_name).index(found.get('namespace'))}")

    class InMemory(etree.Resolver):
        def resolve(self, url, _public, context):
            return self.resolve_string(folder[url], context) if url in folder else None

    parser = etree.XMLParser()
    parser.resolvers.add(InMemory())
    return etree.XMLSchema(etree.fromstring(etree.tostring(main), parser))


def _told(client):
    """Return what a client may ask and be answered, by the names of elements and types."""
    told = {}
    for service in client.wsdl.services.values():
        for port in service.ports.values():
            for name, operation in port.binding._operations.items():
                told[name] = (
                    port.binding.port_name.text if hasattr(port.binding.port_name, "text") else "",
                    operation.soapaction,
                    _shape(operation.input.body.type),
                    _shape(operation.output.body.type),
                )
    return told


def _shape(kind, depth=0):
    """Return the names, types and counts of what is in a type."""
    elements = getattr(kind, "elements", None)
    if not elements or depth > 8:
        facets = sorted(getattr(kind, "facets", None) or [])
        return (getattr(kind, "_default_qname", None) and kind._default_qname.localname, facets)
    return [
        (name, element.min_occurs, element.max_occurs, _shape(element.type, depth + 1))
        for name, element in elements
    ]


def test_bytes_are_base64(broker):
    """The content is what the contract says that it is, without line breaks that old clients stumble on."""
    inside = (
        f"<x:csvQueryDocument xmlns:x='{SERVICE}'><credential><idaplicacion>{broker.key.key_id}</idaplicacion>"
        f"<password>{broker.password}</password></credential><queryDocumentRequest><csv>{FOREIGN}</csv>"
        "<dir3>L01990019</dir3></queryDocumentRequest></x:csvQueryDocument>"
    )
    _, body = post(broker, envelope(inside))
    assert base64.b64decode(etree.fromstring(body).findtext(".//content"), validate=True) == decree()

# SPDX-License-Identifier: EUPL-1.2
"""The interfaces for machines as they are served: one deposit by the preservation protocol, from end to end."""

from __future__ import annotations

import base64
import io
import shutil
import threading
import zipfile
from pathlib import Path

import pytest
from furnished import DIR3, TENANT

from archive.clock import SystemClock
from archive.home import Home
from archive.identity import Right
from archive.identity.keys import Keys
from demo.loads import plain_package
from search.api.exports import EXPORTS
from service.serving import application
from service.worker import work_once

BASE_URL = "https://sede.example"


@pytest.fixture
def served(furnished, tmp_path):
    """A copy of the furnished archive as it is served, and a client with a key."""
    with furnished.copied(tmp_path / "home") as home:
        rights = [Right.DEPOSIT, Right.READ, Right.SEARCH, Right.INSPECT, Right.RESERVED]
        key, text = Keys(home).make(TENANT, "Gestor de expedientes", rights, "test")
    app = application(tmp_path / "home", BASE_URL)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    yield client, tmp_path, key.key_id, text
    app.extensions["longeva"][EXPORTS].join(20)


def ask(client, operation, **body):
    """Ask by the protocol."""
    return client.post(f"/preservacion/v1/{operation}", json=body).get_json()


def test_a_deposit_by_the_protocol_is_checked_sealed_and_given_back(served):
    """PreservePO is durable at once; after a worker its POID leads to the object, with its evidence."""
    client, folder, _, _ = served
    package = plain_package(folder / "package", 2, 500, seed=4242).folder
    packed = shutil.make_archive(str(folder / "paquete"), "zip", package)
    data = base64.b64encode(Path(packed).read_bytes()).decode()
    profile = f"{BASE_URL}/preservacion/v1/perfiles/{TENANT}"
    told = ask(client, "PreservePO", pro=profile, po=[{"binaryData": {"value": data}}])
    poid = told["poId"]
    assert ask(client, "RetrievePO", poId=poid)["result"]["min"].endswith("unknownPOID")
    work_once(folder / "home", SystemClock(), threading.Event())
    given = ask(client, "RetrievePO", poId=poid)
    assert given["result"] == {"maj": "urn:oasis:names:tc:dss:1.0:resultmajor:Success"}
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(given["po"][0]["binaryData"]["value"]))) as kit:
        names = kit.namelist()
    for path in package.iterdir():
        assert f"object/received/{path.name}" in names
    events = ask(client, "RetrieveTrace", poId=poid)["trace"]["event"]
    assert {"object.stored", "object.exported"} <= {one["op"] for one in events}


def test_export_is_made_by_the_server_itself(served, furnished):
    """Nobody else need be awake: what was asked is done a moment later."""
    client, _, _, _ = served
    short = furnished.expediente.rsplit(":", 1)[-1]
    place = client.post(f"/api/v1/tenants/{TENANT}/exports", json={"object": short, "form": "eni"})
    client.application.extensions["longeva"][EXPORTS].join(60)
    assert client.get(place.headers["Location"]).get_json()["state"] == "done"


def test_the_broker_is_served_beside_the_pages(served, furnished):
    """The copy of the furnished archive is given for its code and the municipality's organ."""
    client, _, number, text = served
    assert BASE_URL in client.get("/csvbroker?wsdl").text
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><q:csvQueryDocument '
        'xmlns:q="urn:es:gob:aapp:csvbroker:webservices:querydocument:v1.0"><credential><idaplicacion>'
        f"{number}</idaplicacion><password>{text}</password></credential><queryDocumentRequest>"
        f"<csv>{furnished.copy_csv}</csv><dir3>{DIR3}</dir3></queryDocumentRequest></q:csvQueryDocument>"
        "</s:Body></s:Envelope>"
    )
    answer = client.post("/csvbroker", data=body, content_type="text/xml")
    assert answer.status_code == 200
    assert "<code>0</code>" in answer.text
    assert "JVBER" in answer.text


def test_home_with_exports_is_opened_again(served):
    """The folder of exports is one of a home's own."""
    _, folder, _, _ = served
    (folder / "home" / "exports").mkdir(exist_ok=True)
    with Home.open(folder / "home", SystemClock()) as home:
        assert not home.read_only

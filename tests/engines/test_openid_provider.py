# SPDX-License-Identifier: EUPL-1.2
"""Entering through a second provider, of other people and another language: node-oidc-provider, certified.

npm brings it to a folder of the test. Skips loudly without node, npm or a registry.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from inhabited import Browser, inhabit
from ports import free_port
from pydantic import SecretStr

from archive.clock import SystemClock
from archive.identity.provider import Provider
from archive.settings import ProviderSettings
from archive.web.people.entering import PROVIDER
from archive.web.people.providing import CITIZENS

pytestmark = pytest.mark.engines
SECRET = "a secret that both of them know, no less"
BACK = "https://sede.example/entrar/vuelta"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """A provider that runs."""
    folder = tmp_path_factory.mktemp("provider")
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not here: the second OpenID provider was NOT asked")
    brought = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), "oidc-provider@9"],
        capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    if brought.returncode:
        pytest.skip(f"npm could not bring oidc-provider: NOT asked ({brought.stderr[-200:]!r})")
    port = free_port()
    script = Path(__file__).with_name("openid_provider.mjs")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            ["node", str(script), str(folder), str(port), "longeva", SECRET, BACK], stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                requests.get(f"{address}/.well-known/openid-configuration", timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def log_in(address):
    """Go through the provider's own pages as a person does; return where it sends back to."""
    browser = requests.Session()
    answer = browser.get(address, allow_redirects=False, timeout=20)
    for _ in range(12):
        if answer.is_redirect:
            following = urljoin(answer.url, answer.headers["Location"])
            if following.startswith(BACK):
                return following
            answer = browser.get(following, allow_redirects=False, timeout=20)
            continue
        action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
        assert action, answer.text
        assert prompt, answer.text
        data = {"prompt": prompt[1], "login": "vecina", "password": "x"}
        answer = browser.post(urljoin(answer.url, action[1]), data=data, allow_redirects=False, timeout=20)
    raise AssertionError("the provider did not come to an end")


def test_a_citizen_enters_through_another_provider(tmp_path, issuer):
    """With its own pages, its own keys, PKCE required: the same account at the second entry."""
    town = inhabit(tmp_path)
    town.clock.instant = SystemClock().now()
    settings = ProviderSettings(
        issuer=issuer, client_id="longeva", client_secret=SecretStr(SECRET), nif_claim="nif"
    )
    provider = Provider(settings, BACK, town.clock)
    app = town.app(services={PROVIDER: provider, CITIZENS: True})
    for _ in range(2):
        browser = Browser(app)
        begun = browser.get("/entrar/proveedor?volver=/cuenta")
        answer = browser.get(log_in(begun.headers["Location"]).removeprefix("https://sede.example"))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/cuenta")
        assert "Interesada" in browser.get("/cuenta").text
    assert [each.nif for each in town.accounts.every() if each.citizen] == ["00000000T"]
    town.home.close()

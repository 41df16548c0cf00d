# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import ConfigurationError
from archive.web.proxies import TRUSTED, Proxied, networks

CERTIFICATE = "HTTP_X_CLIENT_CERT"


def seen(remote, trusted=("10.0.0.0/8", "::1"), **headers):
    """Return what the application behind sees."""
    told = {}

    def app(environ, _start):
        told.update(environ)
        return []

    environ = {"REMOTE_ADDR": remote, "wsgi.url_scheme": "http", "HTTP_HOST": "sede.example"}
    environ |= {"HTTP_" + name.upper(): value for name, value in headers.items()}
    Proxied(app, networks(trusted), ["X-Client-Cert"])(environ, None)
    return told


def test_a_stranger_is_not_believed_in_anything():
    """Address, scheme, certificate: all taken away."""
    told = seen(
        "203.0.113.9", x_forwarded_for="10.1.1.1", x_forwarded_proto="https", forwarded="for=1.2.3.4",
        x_client_cert="MII", x_forwarded_host="malo.example",
    )  # fmt: skip
    assert told["REMOTE_ADDR"] == "203.0.113.9"
    assert told["wsgi.url_scheme"] == "http"
    assert not told[TRUSTED]
    assert [name for name in told if "FORWARDED" in name or name == CERTIFICATE] == []


def test_a_trusted_proxy_says_who_asks():
    """Address, scheme and certificate; the host stays the one of the request."""
    told = seen(
        "10.0.0.2", x_forwarded_for="198.51.100.7", x_forwarded_proto="https", x_client_cert="MII",
        x_forwarded_host="malo.example",
    )  # fmt: skip
    assert told["REMOTE_ADDR"] == "198.51.100.7"
    assert told["wsgi.url_scheme"] == "https"
    assert told[TRUSTED]
    assert told[CERTIFICATE] == "MII"
    assert told["HTTP_HOST"] == "sede.example"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.3.3.3", "198.51.100.7"),
        ("198.51.100.7, <script>", "10.0.0.2"),
        ("nada", "10.0.0.2"),
        ("", "10.0.0.2"),
        ("2001:db8::1", "2001:db8::1"),
        ("10.9.9.9", "10.9.9.9"),
    ],
)
def test_the_last_that_is_no_proxy_of_ours_is_who_asks(forwarded, address):
    """What the visitor wrote himself stands before it and is not believed."""
    assert seen("10.0.0.2", x_forwarded_for=forwarded)["REMOTE_ADDR"] == address


def test_with_nobody_trusted_nobody_is_believed():
    """The default."""
    assert seen("127.0.0.1", (), x_forwarded_for="1.2.3.4")["REMOTE_ADDR"] == "127.0.0.1"


def test_a_network_that_is_none_is_the_settings_fault():
    """Said with the setting's name."""
    with pytest.raises(ConfigurationError, match="trusted_proxies"):
        networks(["10.0.0.0/8", "proxy.example"])

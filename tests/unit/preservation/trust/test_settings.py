# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import ConfigurationError
from preservation.trust.settings import read_settings


def test_settings_that_are_not_there_open_nothing(tmp_path):
    """Without a file nothing is fetched, followed or believed."""
    found = read_settings(tmp_path)
    assert (found.fetch.hosts, found.lists, found.national) == (frozenset(), (), False)


def test_settings_are_read(tmp_path):
    """Hosts in lower case, territories in upper case, the rest as written."""
    (tmp_path / "trust.toml").write_text(
        '[fetch]\nhosts=["EC.europa.eu"]\nseconds=5\nmax_bytes=1000\n'
        '[[list]]\nurl="https://ec.europa.eu/x"\nterritories=["es","*"]\n[[list]]\nurl="https://y"\n'
        "[services]\nnational=true\n"
    )
    found = read_settings(tmp_path)
    assert (found.fetch.hosts, found.fetch.seconds, found.fetch.max_bytes) == ({"ec.europa.eu"}, 5.0, 1000)
    assert found.fetch.loopback is False
    assert [(each.url, each.territories) for each in found.lists] == [
        ("https://ec.europa.eu/x", {"ES", "*"}),
        ("https://y", {"ES"}),
    ]
    assert found.national


@pytest.mark.parametrize(
    "text",
    [
        "[fetch]\nloopback=true",
        '[fetch]\nhosts="ec.europa.eu"',
        '[fetch]\nhosts=["*.europa.eu"]',
        '[fetch]\nhosts=["https://ec.europa.eu/"]',
        "[fetch]\nseconds=0",
        "[fetch]\nseconds=true" + "1",
        "[fetch]\nmax_bytes=-1",
        "[[list]]\nterritories=['ES']",
        "[[list]]\nurl=3",
        "[list]\nurl='x'",
        "[services]\nnational='yes'",
        "fetch = 3",
        "[other]",
        "no es toml",
    ],
)
def test_settings_not_understood_are_the_operators_error(tmp_path, text):
    """A slip of the pen opens nothing: it is told."""
    (tmp_path / "trust.toml").write_text(text)
    with pytest.raises(ConfigurationError):
        read_settings(tmp_path)

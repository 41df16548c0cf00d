# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from archive.errors import ConfigurationError
from archive.identity.secret import FILE, derived, installation_secret


def test_a_secret_is_made_once_and_kept(tmp_path):
    """The first need makes it, readable by its owner alone; afterwards it is the same."""
    secret = installation_secret(tmp_path)
    assert installation_secret(tmp_path) == secret
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert len(secret) >= 32
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_of_many_who_make_it_at_once_one_wins(tmp_path):
    """Everybody reads the same one."""
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: installation_secret(tmp_path), range(16)))) == 1


def test_a_file_that_others_may_read_is_refused(tmp_path):
    """What signs sessions is nobody else's."""
    installation_secret(tmp_path)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(ConfigurationError):
        installation_secret(tmp_path)


def test_the_settings_win_and_must_be_long(tmp_path):
    """A secret that is given is taken as it is, and no file is made."""
    assert installation_secret(tmp_path, "s" * 32) == b"s" * 32
    assert not (tmp_path / FILE).exists()
    with pytest.raises(ConfigurationError):
        installation_secret(tmp_path, "s" * 31)


def test_each_purpose_has_its_own():
    """What signs sessions cannot open telephones."""
    assert derived(b"s" * 32, "sessions") != derived(b"s" * 32, "totp")
    assert derived(b"s" * 32, "totp") == derived(b"s" * 32, "totp")

# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from archive.settings.known import known_settings, nearest, without_kinds


def test_every_setting_has_its_words():
    """Whoever adds a setting says what it is for; names that explain themselves may be few."""
    plain = {"kind", "secret_key", "password", "port", "user"}
    silent = [each.place for each in known_settings() if not each.words and each.place[-1] not in plain]
    assert silent == []


def test_names_that_the_operator_chooses_are_marked():
    """And each kind of table is told with its own settings."""
    found = {(each.place, each.kind) for each in known_settings()}
    assert (("stores", "NAME", "bucket"), "s3") in found
    assert (("stores", "NAME", "path"), "folder") in found
    assert (("timestamps", "authorities", "NAME", "url"), "") in found


def test_secrets_are_known_as_such():
    """So that nothing shows them."""
    secret = {each.place[-1] for each in known_settings() if each.secret}
    assert secret == {"url", "owner_url", "secret_key", "password", "api_key", "secret", "client_secret"}


def test_the_kind_of_a_table_is_no_part_of_a_place():
    """A store may even be called as a kind is."""
    assert without_kinds(("stores", "s3", "s3", "lock", "mode")) == ("stores", "s3", "lock", "mode")
    assert without_kinds(("stores", "Big", "[key]")) == ("stores", "Big")


def test_a_setting_that_resembles_nothing_gets_the_list():
    """Rather than a guess."""
    assert nearest(("log", "zzz")) == "known here: format, level"


def test_a_table_has_the_defaults_that_the_model_gives_it():
    """The inbox is a folder like others, and by default another one than the store's."""
    paths = {each.place: each.default for each in known_settings() if each.place[-1] == "path"}
    assert paths == {("stores", "NAME", "path"): '"store"', ("inbox", "path"): '"inbox"'}


def test_a_table_of_plain_values_says_what_each_may_be():
    """The operator chooses the name and gives a date; there is no default of one that nobody named."""
    found = {each.place: each for each in known_settings()}
    retired = found["evidence", "retired", "NAME"]
    assert (retired.values, retired.default) == ("date", "")

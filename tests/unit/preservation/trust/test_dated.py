# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import certificates_to_order as pki
import pytest

from archive.errors import ConfigurationError
from preservation.trust.dated import Anchor, Calendar, Period
from preservation.trust.store import TrustStore

DAY = timedelta(days=1)
SINCE, UNTIL = datetime(2002, 1, 1, tzinfo=UTC), datetime(2019, 3, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def old():
    """A root of before the trusted lists."""
    return pki.authority(
        "CLASE 2", since=datetime(1999, 1, 1, tzinfo=UTC), until=datetime(2019, 3, 18, tzinfo=UTC)
    )


def _folder(tmp_path, old, text):
    (tmp_path / "clase2.cer").write_bytes(old.der)
    (tmp_path / "anchors.toml").write_text(text)
    return tmp_path


def test_dated_anchor_is_trusted_in_its_days_only(tmp_path, old):
    """A certificate with dates is no longer trusted always, and only for the purposes that were given."""
    text = '[[anchor]]\nfile="clase2.cer"\nsince=2002-01-01\nuntil=2019-03-18\npurposes=["signing"]\nsource="BOE"'
    trust = TrustStore.from_folder(_folder(tmp_path, old, text))
    assert trust.anchors == ()
    assert trust.certificates == (old.der,)
    for when, trusted in ((SINCE - DAY, False), (SINCE, True), (UNTIL - DAY, True), (UNTIL, False)):
        assert trust.anchors_at(when, "signing") == ((old.der,) if trusted else ())
    assert trust.anchors_at(SINCE, "time stamping") == ()
    assert trust.anchors_ever("signing") == (old.der,)
    (told,) = trust.decisions_on(old.der)
    assert (told.source, told.periods) == (
        "BOE",
        (Period(SINCE, UNTIL, "trusted by decision", trusted=True),),
    )


def test_dated_anchor_by_digest_and_without_dates(tmp_path, old):
    """A digest with colons names it too; what is left out is not limited."""
    digest = hashlib.sha256(old.der).hexdigest().upper()
    told = ":".join(digest[at : at + 2] for at in range(0, 64, 2))
    trust = TrustStore.from_folder(_folder(tmp_path, old, f'[[anchor]]\nsha256="{told}"\nsource="BOE"'))
    assert trust.anchors_at(datetime(1900, 1, 1, tzinfo=UTC), "time stamping") == (old.der,)


def test_dated_instants_with_a_zone_are_compared_as_instants(tmp_path, old):
    """A TOML date-time with its offset is that instant."""
    text = '[[anchor]]\nfile="clase2.cer"\nsince=2002-01-01T00:00:00+02:00\nsource="BOE"'
    trust = TrustStore.from_folder(_folder(tmp_path, old, text))
    zone = timezone(timedelta(hours=2))
    assert trust.anchors_at(datetime(2002, 1, 1, tzinfo=zone), "signing")
    assert not trust.anchors_at(datetime(2002, 1, 1, tzinfo=zone) - timedelta(seconds=1), "signing")


@pytest.mark.parametrize(
    "text",
    [
        "[[anchor]]",
        '[[anchor]]\nfile="clase2.cer"',
        '[[anchor]]\nfile="../clase2.cer"\nsource="x"',
        '[[anchor]]\nfile="no.cer"\nsource="x"',
        '[[anchor]]\nfile="clase2.cer"\nsha256="00"\nsource="x"',
        '[[anchor]]\nsha256="00"\nsource="x"',
        '[[anchor]]\nfile="clase2.cer"\nsource="x"\nsince="2002-01-01"',
        '[[anchor]]\nfile="clase2.cer"\nsource="x"\nuntill=2002-01-01',
        '[[anchor]]\nfile="clase2.cer"\nsource="x"\npurposes=["all"]',
        '[[anchor]]\nfile="clase2.cer"\nsource="x"\npurposes=[]',
        '[[anchor]]\nfile="clase2.cer"\nsource="x"\nsince=2003-01-01\nuntil=2002-01-01',
        '[[anchors]]\nfile="clase2.cer"\nsource="x"',
        "anchor = 3",
        "no es toml",
        "\x00",
    ],
)
def test_dated_anchors_not_understood_are_the_operators_error(tmp_path, old, text):
    """A slip of the pen must not become an anchor without dates."""
    with pytest.raises(ConfigurationError, match=r"anchors\.toml"):
        TrustStore.from_folder(_folder(tmp_path, old, text))


def test_calendar_follows_the_history_of_a_service():
    """Granted, suspended and granted again: trusted then and then; the same object between two changes."""
    edges = [datetime(year, 1, 1, tzinfo=UTC) for year in (2010, 2014, 2016)]
    periods = (
        Period(edges[0], edges[1], "granted", trusted=True),
        Period(edges[1], edges[2], "withdrawn", trusted=False),
        Period(edges[2], None, "granted", trusted=True),
    )
    anchor = Anchor(b"x", frozenset({"signing"}), periods, "a list")
    calendar = Calendar((b"always",), (anchor, anchor))
    told = {
        year: calendar.at(datetime(year, 6, 1, tzinfo=UTC), "signing") for year in (2009, 2011, 2015, 2017)
    }
    assert told == {2009: (b"always",), 2011: (b"always", b"x"), 2015: (b"always",), 2017: (b"always", b"x")}
    assert calendar.at(edges[0], "signing") is calendar.at(edges[0] + DAY, "signing")


def test_trust_store_joins_dated_anchors(old):
    """What two stores say with dates is said by their union, once."""
    anchor = Anchor(
        old.der, frozenset({"signing"}), (Period(SINCE, UNTIL, "granted", trusted=True),), "a list"
    )
    one, two = TrustStore().dating([anchor]), TrustStore(anchors=(b"y",)).dating([anchor])
    assert one.joined(two).dated == (anchor,)
    assert one.joined(two).anchors_at(SINCE, "signing") == (b"y", old.der)

# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

from demo.documents import pieces
from demo.expediente import CLOSED_AT, OPENED_AT


def test_every_way_of_signing_of_the_norm_occurs():
    """TF01 to TF06 occur, TF06 with TF01 and two signers on one PDF as well."""
    forms = {piece.tipos_firma for piece in pieces()}
    assert {tipo for form in forms for tipo in form} == {f"TF0{number}" for number in range(1, 7)}
    assert ("TF06", "TF01") in forms
    assert any(len(piece.signings) == 2 for piece in pieces())


def test_codes_are_unique_and_acts_exist():
    """No two documents share a code, and what a notification notifies is in the expediente."""
    codes = [piece.code for piece in pieces()]
    assert len(codes) == len(set(codes)) >= 15
    assert {piece.act for piece in pieces() if piece.act} <= set(codes)


def test_time_runs_forward():
    """Documents stand in the order of their capture, between opening and closing, signed before captured."""
    captured = [piece.captured_at for piece in pieces()]
    assert captured == sorted(captured)
    assert captured[0] >= OPENED_AT
    assert captured[-1] <= CLOSED_AT
    for piece in pieces():
        times = [signing.at for signing in piece.signings]
        assert times == sorted(times)
        assert all(at <= piece.captured_at + timedelta(minutes=1) for at in times)

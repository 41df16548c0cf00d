# SPDX-License-Identifier: EUPL-1.2
"""What holds of every list, however it is broken."""

from __future__ import annotations

from functools import cache

import certificates_to_order as orders
from hypothesis import given, settings
from hypothesis import strategies as st
from lists_to_order import GRANTED, instance, service, signed, unsigned

from preservation.trusted_lists.services import anchors_of
from preservation.trusted_lists.verify import verify_list


@cache
def _sound():
    operator = orders.party("OPERADOR")
    whole = service(orders.authority("AC"), instance(GRANTED, "2016-07-01T00:00:00Z"))
    data = signed(unsigned(services=[whole]), operator)
    verdict = verify_list(data, [operator.der])
    assert verdict.believed
    return operator, data, anchors_of(verdict.found)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_broken_list_says_nothing_else_than_the_sound_one(data):
    """Bytes changed, cut out or put in: an exception never, and other anchors than those signed never."""
    operator, whole, anchors = _sound()
    place = data.draw(st.integers(0, len(whole) - 1))
    taken = data.draw(st.integers(0, 40))
    put = data.draw(
        st.sampled_from([b"", b"<", b"</TSPService>", b"<!--x-->", b" ", b"\xff", b"8", b"&#56;"])
    )
    broken = whole[:place] + put + whole[place + taken :]
    verdict = verify_list(broken, [operator.der])
    if verdict.believed:
        told = [(each.certificate, each.periods, each.purposes) for each in anchors_of(verdict.found)]
        assert told == [(each.certificate, each.periods, each.purposes) for each in anchors]

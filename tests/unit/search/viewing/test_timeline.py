# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from search.viewing.moments import Moment, Stage
from search.viewing.timeline import STEP, TOP, lay_out

START = datetime(2020, 1, 1, tzinfo=UTC)


def test_nothing_has_no_picture():
    """Without moments there is nothing to draw."""
    assert lay_out([]).points == ()


def test_longer_times_are_longer_lines():
    """Ten years are drawn longer than a day, and the line turns dashed at today."""
    at = [START, START + timedelta(days=1), START + timedelta(days=3650)]
    picture = lay_out(
        [Moment(Stage.KEPT, at[0]), Moment(Stage.NOW, at[1]), Moment(Stage.DUE, at[2], ahead=True)]
    )
    first, now, due = picture.points
    assert due.y - now.y > now.y - first.y
    assert picture.now == now.y
    assert [point.shape for point in picture.points] == ["told", "now", "ahead"]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_labels_never_touch(seconds):
    """Whatever the dates, each label has its room and the picture holds them all."""
    moments = [Moment(Stage.RENEWED, START + timedelta(seconds=each)) for each in sorted(seconds)]
    picture = lay_out(moments)
    assert picture.points[0].y == TOP
    assert all(later.y - earlier.y >= STEP for earlier, later in pairwise(picture.points))
    assert picture.height > picture.points[-1].y

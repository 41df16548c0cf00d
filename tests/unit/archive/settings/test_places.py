# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest

from archive.settings.places import line_of

TEXT = """\
# a comment = 1
a.b = 1
[web]
  port = 1
[ stores . "two" ]
bucket = "x" # [web]
lock = { mode = "off" }
[stores.three]
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a", "b"), 2),
        (("web",), 3),
        (("web", "port"), 4),
        (("web", "host"), 3),
        (("stores", "two", "bucket"), 6),
        (("stores", "two", "lock", "mode"), 7),
        (("stores", "three", "bucket"), 8),
        (("log", "level"), None),
    ],
)
def test_the_line_of_a_setting_is_its_own_or_that_of_its_table(place, line):
    """Dotted keys, spaces, quotes and inline tables; nothing for what is not written."""
    assert line_of(TEXT, place) == line

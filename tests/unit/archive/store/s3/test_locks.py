# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.settings import LockSettings
from archive.store import Retention
from archive.store.s3.locks import Locks, Rule

WRITTEN = datetime(2026, 11, 21, 12, tzinfo=UTC)


def held(mode="COMPLIANCE", days=10.0, version="v"):
    return Retention(mode, WRITTEN + timedelta(days=days), False, version, WRITTEN)


def asked(mode, days=0, rule=("COMPLIANCE", 10)):
    return Locks(LockSettings(mode=mode, days=days), Rule(*rule))


@pytest.mark.parametrize(
    ("locks", "found", "fault"),
    [
        (asked("off"), None, ""),
        (asked("compliance"), held(), ""),
        (asked("governance"), held(), ""),
        (asked("governance", rule=("GOVERNANCE", 10)), held("GOVERNANCE"), ""),
        (asked("compliance", days=10), held(days=9.98), ""),
        (asked("compliance", days=5), held(days=5), ""),
        (asked("compliance"), None, "not hold it locked"),
        (asked("compliance"), Retention("", None, False, "v", WRITTEN), "not hold it locked"),
        (asked("compliance"), Retention("COMPLIANCE", None, False, "v", WRITTEN), "not hold it locked"),
        (asked("compliance"), held("GOVERNANCE"), "locked in mode GOVERNANCE"),
        (asked("governance"), held("STRANGE"), "locked in mode STRANGE"),
        (asked("compliance", days=10), held(days=9), "until 2026-11-30 only"),
        (asked("compliance"), held(days=9), "until 2026-11-30 only"),
        (asked("compliance"), held(version=""), "no version"),
    ],
)
def test_a_lock_is_held_against_what_is_asked_for(locks, found, fault):
    """Stricter and longer is fine; weaker, shorter, absent or without a version is told."""
    said = locks.fault(found)
    assert fault in said
    assert bool(said) == bool(fault)

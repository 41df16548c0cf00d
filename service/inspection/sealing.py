# SPDX-License-Identifier: EUPL-1.2
"""Whether what waits for evidence is sealed in time, and whether the policies can be kept at all."""

from __future__ import annotations

from collections.abc import Iterator

from archive.home import Home
from preservation.evidence.policy import SealingPolicy
from preservation.evidence.waiting import Queue, queues
from service.inspection.found import Found, State

SUBJECT = "sealing"


def sealing(home: Home) -> Iterator[Found]:
    """Say what waits, who waits longer than the policy says, and which policies ask for what there is not.

    Raises:
        CatalogUnavailable: It does not answer.
    """
    found = queues(home, home.clock.now())
    late = [each for each in found if each.overdue]
    waiting = sum(each.count for each in found)
    if late:
        words = f"{', '.join(_late(each) for each in late)}: longer than the policy says"
        todo = "does a worker run, does an authority answer? docs/deployment.md, sealing within the interval"
        yield Found(SUBJECT, State.WARNING, words, todo)
    else:
        yield Found(SUBJECT, State.OK, f"{waiting} objects wait, none longer than its policy says")
    for policy in dict.fromkeys(each.policy for each in found):
        names = ", ".join(each.tenant_id for each in found if each.policy == policy)
        for words in _unkept(home, policy):
            todo = "longeva evidence policy --tenant …, or [evidence] and [timestamps] of the settings"
            yield Found(SUBJECT, State.WARNING, f"the policy of {names} {words}", todo)


def _late(each: Queue) -> str:
    return f"{each.tenant_id} waits with {each.count} for {each.age:.0f} s of {each.policy.interval} s"


def _unkept(home: Home, policy: SealingPolicy) -> Iterator[str]:
    """Yield what a policy asks for and the settings do not have."""
    named = home.engines.settings.timestamps.authorities
    gone = [each for each in policy.authorities if each not in named]
    if gone:
        yield f"names {', '.join(gone)}, which the settings do not"
    asked = [each for each in policy.authorities or named if each in named] or [""]
    if policy.tokens > len(asked):
        yield f"asks for {policy.tokens} tokens, and there is one authority to ask"

# SPDX-License-Identifier: EUPL-1.2
"""Codes of documents (CSV): the answer of the public page. The code travels in the body, never in an address.

Anybody may ask, as on the page; the same allowance counts (`search.web.door`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from archive.web.access import current_principal
from archive.web.api import PUBLIC, Model
from search.api.door import blueprint
from search.web.door import ask


class Code(Model):
    """A code as typed or scanned."""

    csv: Annotated[str, Field(min_length=1, max_length=200)]
    choice: Annotated[str, Field(max_length=20, description="Of an answer `several`")] = ""


class Choice(Model):
    """One of the documents that a code may stand for."""

    choice: str
    words: str


class Answer(Model):
    """What is said of a code."""

    status: str = Field(description="`authentic`, `kept`, `revoked`, `superseded`, `several`, `unknown`")
    csv: str
    mensaje: str
    message: str
    facts: dict[str, str]
    issued_at: datetime | None
    revoked_at: datetime | None
    choices: list[Choice]


@blueprint.post("/csv/verify")
@blueprint.input(Code, location="json")
@blueprint.output(Answer)
@blueprint.doc(extensions=PUBLIC)
def verify(json_data: Code) -> Answer:
    """Say what a code stands for. Unknown and malformed codes are answered in the same words."""
    told = ask(json_data.csv, agent=current_principal().agent, choice=json_data.choice)
    return Answer.model_validate(told.to_json())

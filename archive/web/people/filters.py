# SPDX-License-Identifier: EUPL-1.2
"""How the pages about people write instants, roles and proofs."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint

from archive.identity import Right, Role
from archive.local_time import peninsular
from archive.web.i18n import gettext
from archive.web.people.words import right_words, role_words


def _(message: str) -> str:
    """Mark a message for the catalogues."""
    return message


PROOFS = {
    "password": _("Contraseña"),
    "totp": _("Contraseña y teléfono"),
    "certificate": _("Certificado"),
}
"""How somebody proved who he is; a provider's own words are shown as they are."""


def install(blueprint: Blueprint) -> None:
    """Give templates the filters `moment`, `role_name`, `right_name`, `proof`."""
    blueprint.add_app_template_filter(moment, "moment")
    blueprint.add_app_template_filter(lambda role: role_words(Role(role)), "role_name")
    blueprint.add_app_template_filter(lambda right: right_words(Right(right)), "right_name")
    blueprint.add_app_template_filter(proof, "proof")


def moment(instant: datetime) -> str:
    """Write an instant for people, by the clock of the peninsula: `21/11/2026 11:15`."""
    local, _offset = peninsular(instant)
    return f"{local:%d/%m/%Y %H:%M}"


def proof(how: str) -> str:
    """Write how somebody proved who he is."""
    return gettext(PROOFS[how]) if how in PROOFS else how

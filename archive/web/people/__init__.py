# SPDX-License-Identifier: EUPL-1.2
"""Pages about people: entering and leaving, one's own account, and who may do what in a municipality."""

from archive.web.people.account import blueprint as account
from archive.web.people.accounts import blueprint as accounts
from archive.web.people.consents import blueprint as consents
from archive.web.people.entering import blueprint as entering
from archive.web.people.filters import install
from archive.web.people.keys import blueprint as keys
from archive.web.people.ledger import blueprint as ledger
from archive.web.people.providing import blueprint as providing

BLUEPRINTS = (entering, providing, account, accounts, keys, consents, ledger)
"""In the order of the address list."""

install(entering)

__all__ = ["BLUEPRINTS"]

# SPDX-License-Identifier: EUPL-1.2
"""Webhooks: a municipality's system is told of what happens, instead of asking.

    subscriptions   whom to tell of what, and the secret that he checks the sender with
    delivery        telling, signed; again and again, later each time; what came of it

What is told comes from the ledger, in its order, at least once, and holds identifiers only: whoever wants to
know more asks the interface with a key of his.
"""

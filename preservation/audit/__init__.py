# SPDX-License-Identifier: EUPL-1.2
"""Read again what is kept and compare it with what was recorded (docs/audit.md).

run           an audit of everything, or of a sample
portions      a pass over everything that may be cut short anywhere and goes on
due           which audit is due, from ledger and settings alone
sample        what a sampling audit reads, drawn evenly
probability   what a sample is worth
files         one file: every copy of it, each under a fresh nonce
structure     what lies around the content: inventories, journals, records
catalogue     the catalogue's rows, held against the store
locks         is what was read still locked as the settings ask
clock         where a ledger went back in time
history       what audits did and found, as the ledger keeps it
report        the same of one audit, in words of both languages
"""

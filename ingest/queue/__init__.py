# SPDX-License-Identifier: EUPL-1.2
"""Deposits that wait: taken in now, checked by a worker later, on this machine or on another.

    submission   bytes to the inbox, header last, row, wake-up; the answer says QUEUED and is no receipt
    inbox        what lies there, and what of it is half an upload
    settling     a worker's part: fetch, the common deposit path, result under the same identifier, delete
    claims       who has what, until when; handed back, or taken over from who fell silent
    runner       who is woken when: by looking (in-process) or by a queue of wake-ups (procrastinate)

The inbox says what waits, the catalogue what is settled; the table between them and all wake-ups may be lost.
"""

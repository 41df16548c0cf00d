# SPDX-License-Identifier: EUPL-1.2
"""`longeva audit`."""

from __future__ import annotations

import click

from archive.errors import InvalidRequest
from archive.terminal import App, Outcome, longeva_command, problem_lines
from preservation.audit import audit as run_audit
from preservation.installation import trust_store


@longeva_command(short_help="Re-read what is stored and name what changed.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="N files chosen at random.")
@click.option("--all", "everything", is_flag=True, help="Every file of every object, and all evidence.")
@click.option("--seed", type=int, help="Choose the same sample again.")
def audit(app: App, sample: int | None, everything: bool, seed: int | None) -> Outcome:
    """Re-read stored bytes, compare them with inventory, catalogue and evidence; name what changed.

    Exit 0 if nothing did. Say --all for every file, or --sample for some, chosen at random.
    """
    if (sample is None) == (not everything):
        raise InvalidRequest("say --all, or --sample N")
    with app.home() as home, app.progress("Reading") as on_progress:
        trust = trust_store(home, home.clock.now())
        report = run_audit(home, trust=trust, sample=sample, seed=seed, on_progress=on_progress)
    lines = [f"{report.files} files, {report.bytes:,} bytes, {len(report.problems)} problems"]
    if report.evidence:
        seen = report.evidence
        lines.append(
            f"{seen.verified} evidence records verified, {seen.failed} failed, {seen.due} objects due"
        )
    body = report.to_json()
    return Outcome(body, [*lines, *problem_lines(body["problems"])], report.ok)

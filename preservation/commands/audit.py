# SPDX-License-Identifier: EUPL-1.2
"""`longeva audit`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import click
from rich.markup import escape

from archive.clock import format_instant
from archive.errors import InvalidRequest, StorageUnavailable
from archive.home import Home
from archive.terminal import App, OnProgress, Outcome, language, longeva_command, problem_lines
from preservation.audit.history import COMPLETED, SAMPLED, PastAudit, past_audits, record
from preservation.audit.portions import audit_portion, require_read
from preservation.audit.report import AuditReport
from preservation.audit.run import audit as run_audit
from preservation.audit.sample import Certainty
from preservation.installation import trust_store

AGENT = "cli"


@longeva_command(short_help="Re-read what is stored and name what changed.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="N files chosen at random.")
@click.option(
    "--detect",
    type=float,
    metavar="SHARE",
    help="As many files at random as find damage to this share of all, such as 0.0001.",
)
@click.option(
    "--confidence", type=float, default=0.99, show_default=True, help="Probability for --detect to find it."
)
@click.option("--all", "everything", is_flag=True, help="Every file of every object, and all evidence.")
@click.option(
    "--resume",
    is_flag=True,
    help="Everything, going on where it was cut short.",
)
@click.option("--history", is_flag=True, help="What earlier audits read and found; reads no file.")
@click.option(
    "--repair", is_flag=True, help="Mend a bad copy from a good one, where there are several stores."
)
@click.option("--seed", type=int, help="Choose the same sample again.")
def audit(
    app: App,
    sample: int | None,
    detect: float | None,
    confidence: float,
    everything: bool,
    resume: bool,
    history: bool,
    repair: bool,
    seed: int | None,
) -> Outcome:
    """Re-read stored bytes, compare them with inventory, catalogue and evidence; name what changed.

    Exit 0 if nothing did. Say one of --all, --resume, --sample, --detect and --history. What was read and
    found goes into the ledger. A worker does the same by itself, as the settings work.audit_sample and
    work.audit_days say.
    """
    if [sample is not None, detect is not None, everything, resume, history].count(True) != 1:
        raise InvalidRequest("say one of --all, --resume, --sample N, --detect SHARE, --history")
    with app.home() as home, app.progress("Reading") as on_progress:
        if history:
            return _history(home)
        if resume:
            return _resume(home, on_progress, repair=repair)
        wanted = sample if detect is None else Certainty(detect, confidence)
        trust = trust_store(home, home.clock.now())
        report = run_audit(
            home, trust=trust, sample=wanted, seed=seed, repair=repair, on_progress=on_progress
        )
        require_read(report)
        if not home.read_only:
            record(home, COMPLETED if wanted is None else SAMPLED, report, AGENT)
    body = report.to_json()
    return Outcome(body, [*_lines(report), *problem_lines(body["problems"])], report.ok)


def _lines(report: AuditReport) -> Iterator[str]:
    yield f"{report.files} files, {report.bytes:,} bytes, {len(report.problems)} problems"
    yield f"[dim]{escape(report.statement(language()))}[/]"
    if seen := report.evidence:
        yield f"{seen.verified} evidence records verified, {seen.failed} failed, {seen.due} objects due"


def _resume(home: Home, on_progress: OnProgress, *, repair: bool) -> Outcome:
    if home.read_only:
        raise StorageUnavailable("going on needs a home that can be written: use --all")
    problems: list[dict[str, Any]] = []
    files = size = 0
    ok, finished = True, False
    trust = trust_store(home, home.clock.now())
    while not finished:
        report, finished = audit_portion(
            home, trust=trust, agent=AGENT, repair=repair, on_progress=on_progress
        )
        files, size, ok = files + report.files, size + report.bytes, ok and report.ok
        problems += [problem.to_json() for problem in report.problems]
    whole = next(each for each in past_audits(home) if each.kind == COMPLETED)
    body = {"files": files, "bytes": size, "problems": problems, "pass": whole.to_json()}
    told = whole.detail
    since, every = told.get("pass", told["started"]), told.get("pass_files", files)
    found = sum(told.get("pass_problems", {}).values())
    lines = [
        f"{files} files, {size:,} bytes, {len(problems)} problems now",
        f"Everything was read since {since}: {every} files, {found} problems",
    ]
    return Outcome(body, [*lines, *problem_lines(problems)], ok)


def _history(home: Home) -> Outcome:
    past = list(islice(past_audits(home), 1000))
    body = {"audits": [each.to_json() for each in past]}
    return Outcome(body, [_past_line(each) for each in past] or ["No audit yet."])


def _past_line(each: PastAudit) -> str:
    found = ", ".join(f"{code} {times}" for code, times in each.problems.items()) or "no problems"
    colour = "red" if each.problems else "green"
    read = f"{each.detail['files']} of {each.detail['population']} files"
    step = f" {each.detail['step']}" if "step" in each.detail else ""
    found = f"[{colour}]{escape(found)}[/]"
    return f"{format_instant(each.at)}  {each.kind:<17}{escape(step)}  {read}  {found}  {each.agent}"

# SPDX-License-Identifier: EUPL-1.2
"""What the README and the pages tell a stranger to type exists and is understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cli import main

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text("utf-8")
USE_IT = re.search(r"^## Use it\n+```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [shlex.split(line, comments=True) for line in USE_IT[1].splitlines() if line]
PAGES = [page for folder in ("", "manual", "engines") for page in (PROJECT / "docs" / folder).glob("*.md")]
BLOCKS = [
    block
    for page in PAGES
    for block in re.findall(r"^```[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
]
SHOWN = {line for block in BLOCKS for line in block.splitlines() if line.startswith("longeva ")}
FILES = (".zip", ".pdf", ".xml", ".cer", ".pem", ".p7s", ".er", ".csv", ".json")


def understood(words):
    """Parse a command line as `longeva` would, without running it."""
    command, context = main, click.Context(main, info_name="longeva", **main.context_settings)
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(context, words)
        context = click.Context(command, info_name=name, parent=context)
    return command, command.make_context(name, words, parent=context.parent)


def test_the_block_is_found():
    """The tests below have something to look at."""
    assert len(COMMANDS) >= 9
    assert all(words[0] == "longeva" for words in COMMANDS)
    assert len(SHOWN) >= 20


@pytest.mark.parametrize(
    "words",
    [*COMMANDS, *(shlex.split(line, comments=True) for line in sorted(SHOWN))],
    ids=lambda words: " ".join(words[:3]),
)
def test_each_command_is_understood(words, tmp_path, monkeypatch):
    """The command exists and takes these options."""
    monkeypatch.chdir(tmp_path)
    for word in words:
        if word.endswith("/"):
            (tmp_path / word).mkdir()
        elif word.endswith(FILES):
            (tmp_path / word).touch()
    command, context = understood(words[1:])
    assert context.params.keys() >= {"home_path", "as_json"}
    assert command.help


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z]+)", README))))
def test_each_target_exists(target):
    """What is made can be made."""
    assert re.search(rf"^{target}:.*## ", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_each_page_is_there(link):
    """No link of the README leads nowhere."""
    assert (PROJECT / link).exists()


@pytest.mark.parametrize("page", sorted((PROJECT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_no_page_leads_nowhere(page):
    """Whatever a page of docs/ links to in the project is there."""
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []

# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import shutil
import subprocess

import pytest
from terminal import PROGRAM, environment, longeva


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(shell):
    """Where the shell is at hand, it parses the script."""
    ran = longeva("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert "_LONGEVA_COMPLETE" in ran.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ran.out, text=True, check=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("longeva dep", "deposit"),
        ("longeva evidence f", "forecast"),
        ("longeva export x --as k", "kit"),
        ("longeva deposit --ten", "--tenant"),
    ],
)
def test_words_are_completed(line, expected):
    """Commands, commands of groups, choices and options."""
    words = line.split()
    asked = {"_LONGEVA_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(PROGRAM, env=environment(asked), capture_output=True, text=True, check=False)
    assert f"plain,{expected}" in done.stdout.splitlines()


def test_an_unknown_shell_is_misuse():
    """The shells that there are, are named."""
    ran = longeva("completion", "tcsh")
    assert ran.code == 2
    assert "bash" in ran.err

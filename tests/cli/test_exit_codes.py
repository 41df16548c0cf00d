# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import os
import re
import signal
import subprocess

import click
import pytest
from terminal import PROGRAM, PROJECT, environment, longeva, process, start

import cli
from archive import errors
from archive.terminal import INTERRUPTED, READER_GONE, longeva_command

PAGE = (PROJECT / "docs" / "reference" / "errors.md").read_text("utf-8")
DOCUMENTED = [
    (int(code), name) for code, name in re.findall(r"^\| (\d+) \| `([a-z-]+)` ", PAGE, re.MULTILINE)
]


def raising(error):
    @longeva_command("failing")
    def failing(app):
        raise error

    return failing


@pytest.mark.parametrize(("code", "name"), DOCUMENTED)
def test_each_documented_error_ends_with_its_code(monkeypatch, code, name):
    """Raised inside a command: the exit code and the JSON are what the page says."""
    kind = next(each for each in vars(errors).values() if getattr(each, "code", "") == name)
    monkeypatch.setitem(cli.main.commands, "failing", raising(kind("so it is", place="here")))
    ran = longeva("failing", "--json")
    assert ran.code == code
    assert (ran.json["code"], ran.json["detail"], ran.json["instance"]) == (name, "so it is", "here")
    assert kind.titulo in longeva("failing", language="es_ES.UTF-8").err
    assert kind.title in longeva("failing").err


def test_the_page_has_the_codes_of_every_class():
    """Nothing documented is missing, nothing missing is raised."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert sorted(DOCUMENTED) == sorted((each.exit_code, each.code) for each in kinds)
    for code in (0, 1, 2, INTERRUPTED, READER_GONE):
        assert f"xit {code}:" in PAGE


def test_without_arguments_help_is_shown():
    """The list of commands, each with a whole sentence."""
    out = longeva("--help").out
    for name in cli.main.list_commands(click.Context(cli.main)):
        assert re.search(rf"^  {name} .*[a-z).]$", out, re.MULTILINE), name
    assert "..." not in out.replace("[ARGS]...", "")
    assert longeva("--version").out.startswith("longeva, version")
    assert longeva("nope").code == 2


def test_every_help_is_whole():
    """A first sentence, its options described, json and home in each."""

    def walk(path, command):
        context = click.Context(command)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                yield from walk((*path, name), command.get_command(context, name))
        else:
            yield path, command

    for path, command in walk((), cli.main):
        out = longeva(*path, "--help").out
        assert command.help, path
        assert "..." not in command.get_short_help_str(64), path
        described = [each for each in command.params if isinstance(each, click.Option)]
        assert all(each.help for each in described), path
        if path != ("completion",):
            assert "--json" in out, path
            assert "--home" in out, path


def test_a_reader_that_goes_away_is_no_failure(sample):
    """`longeva show … | head -1`, in words and as JSON: no traceback, no complaint."""
    for form in ("", "--json"):
        shell = f'"$@" show {sample.object_id} --home {sample.home} {form} | head -1'
        done = subprocess.run(
            ["bash", "-c", shell, "-", *PROGRAM],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert len(done.stdout.splitlines()) == 1


def test_a_pipe_without_reader_and_a_full_disk_behind_stdout(sample):
    """Bytes given to nobody: 141. An answer that could not be written: 60."""
    reader, writer = os.pipe()
    os.close(reader)
    with start("get", sample.object_id, "-o", "-", "--home", sample.home, stdout=writer) as running:
        os.close(writer)
        assert running.communicate()[1] == ""
    assert running.returncode == READER_GONE
    with open("/dev/full", "w", encoding="utf-8") as full:
        with start("show", sample.object_id, "--home", sample.home, stdout=full) as running:
            assert "No space left" in running.communicate()[1]
    assert running.returncode == 60


def test_ctrl_c_ends_plainly(sample):
    """130 and one line; what was acknowledged stays."""
    code = (
        "import os, signal, archive.commands.checking as c\n"
        "def check_root(*a, **k):\n    os.kill(os.getpid(), signal.SIGINT)\n    yield from ()\n"
        "c.check_root = check_root\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # whoever runs us may ignore it
        "from cli import main; main(prog_name='longeva')"
    )
    done = subprocess.run(
        [PROGRAM[0], "-c", code, "fsck", "--home", str(sample.home)],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == INTERRUPTED == 128 + signal.SIGINT
    assert done.stderr == "interrupted; what was acknowledged stays\n"


def test_spanish_is_spoken_where_it_is_asked_for(tmp_path):
    """LC_ALL before LC_MESSAGES before LANG; the process says the same as the test's own."""
    assert "No se ha encontrado" in longeva("show", "x", "--home", tmp_path, language="es_ES.UTF-8").err
    assert "Not found" in longeva("show", "x", "--home", tmp_path).err
    assert process("show", "x", "--home", tmp_path).code == 11

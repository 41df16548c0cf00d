# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import ast
import base64
import hashlib
import re
import sys

from search.kit import script
from search.kit.script import verifier_page, verifier_source


def test_the_script_reads_on_python_3_8_and_needs_nothing_else():
    """One file of the standard library: whatever Python a court has."""
    tree = ast.parse(verifier_source(), feature_version=(3, 8))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {each.name for each in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert {each.split(".")[0] for each in imported} <= sys.stdlib_module_names
    newer = ("removeprefix", "removesuffix", "bit_count", "pairwise", "datetime.UTC", "zip(strict")
    assert [each for each in newer if each in verifier_source().decode()] == []


def test_every_part_is_in_the_script_once():
    """What is tested part by part is what travels."""
    source = verifier_source().decode()
    names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(names) == len(set(names))
    assert {"Kit", "check_first_tree", "check_token", "check_deposit", "check_events", "verify"} <= set(names)
    assert source.startswith("#!/usr/bin/env python3\n# SPDX")
    assert "search.kit.verifier" not in source


def test_the_page_allows_its_own_script_and_style_and_nothing_else():
    """The digests of its policy are those of what stands in it."""
    page = verifier_page().decode()
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in page
    assert page.count("default-src 'none'") == 1
    assert not re.search(r"\son\w+=|style=", page)


def test_both_programs_are_small_enough_to_read():
    """A reader's evening, not a project: no part beyond 400 lines, and nothing minified."""
    for folder, names, suffix in (("verifier", script.PARTS, "py"), ("page", script.SCRIPTS, "js")):
        for name in names:
            lines = script._part(folder, f"{name}.{suffix}").splitlines()
            assert len(lines) <= 400
            assert max(map(len, lines)) <= 150
    assert len(verifier_source().splitlines()) < 1000

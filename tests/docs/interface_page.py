# SPDX-License-Identifier: EUPL-1.2
"""docs/reference/api.md: the OpenAPI document, to be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive.web.api_document import PROBLEMS, PROBLEMS_OF_CHANGES
from archive.web.app import WebSettings, create_app
from ingest.api import BLUEPRINTS as DEPOSITING
from service.machines import BLUEPRINTS as MACHINES

HEAD = """\
# What machines may ask

The same as `/api/v1/openapi.json`, which is made from the program; how to use it: [docs/api.md](../api.md).
An operation may also answer what any may (at the end).
"""


def document() -> dict[str, Any]:
    """Return the OpenAPI document; no archive is needed to know what may be asked."""

    def no_home() -> Any:
        raise AssertionError

    app = create_app(no_home, [*DEPOSITING, *MACHINES], WebSettings("https://archivo.example"))
    found = app.test_client().get("/api/v1/openapi.json").get_json()
    assert isinstance(found, dict)
    return found


def interface() -> str:
    """Every operation by its heading, then every value."""
    found = document()
    operations = [
        (operation["tags"][0], path, method, operation)
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
    ]
    lines = [HEAD]
    for tag in found["tags"]:
        mine = [each for each in operations if each[0] == tag["name"]]
        if mine:
            lines += [f"## {tag['name']}\n", f"{tag.get('description', '')}.\n"]
            for _, path, method, operation in mine:
                lines += _operation(path, method, operation)
    lines += ["## What any operation may answer\n", "| status | |", "|---|---|"]
    lines += [f"| {status} | {words} |" for status, words in PROBLEMS.items()]
    lines += [
        f"| {status} | {words} (only where something changes) |"
        for status, words in PROBLEMS_OF_CHANGES.items()
    ]
    lines += ["", "## Values\n"]
    for name, schema in sorted(found["components"]["schemas"].items()):
        lines += _schema(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### {method.upper()} {path}\n"
    yield f"{operation['summary']}\n"
    if words := operation.get("description"):
        yield f"{words}\n"
    rows = [
        f"| `{each['name']}` | {each['in']} | {_kind(each['schema'])} | {each.get('description', '')} |"
        for each in operation.get("parameters", ())
        if each["name"] != "tenant_id"
    ]
    if rows:
        yield from ("| given | in | | |", "|---|---|---|---|", *rows, "")
    for media, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Body: `{media}`, {_kind(body['schema'])}\n"
    usual = {str(status) for status in (*PROBLEMS, *PROBLEMS_OF_CHANGES)} | {"304"}
    for status, answer in operation["responses"].items():
        if status not in usual or ("$ref" not in answer and status != "304"):
            media = next(iter(answer.get("content", {}).items()), ("", {}))
            kind = f": `{media[0]}`, {_kind(media[1].get('schema', {}))}" if media[0] else ""
            yield f"- {status} {answer.get('description', '')}{kind}"
    if operation["security"] == []:
        yield "- asks nobody who he is"
    yield ""


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if words := schema.get("description"):
        yield f"{words}\n"
    if choices := schema.get("enum"):
        yield ", ".join(f"`{each}`" for each in choices) + "\n"
    if fields := schema.get("properties"):
        yield from ("| field | | |", "|---|---|---|")
        for field, told in fields.items():
            needed = "" if field in schema.get("required", ()) else " (may be left out)"
            yield f"| `{field}` | {_kind(told)}{needed} | {told.get('description', '')} |"
        yield ""


def _kind(schema: dict[str, Any]) -> str:
    """Say what a value is, in a word or two."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower().replace('.', '')})"
    if choices := schema.get("anyOf"):
        return " or ".join(_kind(each) for each in choices)
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map to {_kind(schema['additionalProperties'])}"
    words = {"string": "text", "integer": "number", "boolean": "true or false", "null": "null"}
    return f"{words.get(kind, kind)}{' (' + schema['format'] + ')' if 'format' in schema else ''}"

# SPDX-License-Identifier: EUPL-1.2
"""Which settings there are, read from the model itself: for messages, `config show` and the manual."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from archive.settings.model import Settings
from archive.settings.places import Place

NAME: Final = "NAME"
"""Stands for a name that the operator chooses."""
KIND: Final = "kind"


@dataclass(frozen=True, slots=True)
class Known:
    """One setting."""

    place: Place
    kind: str
    """Of the table around it, where there are several: `s3`."""
    values: str
    """What it may be, in words."""
    default: str
    """As TOML writes it; empty where it must be given."""
    secret: bool
    words: str
    """What it is for."""


def known_settings() -> Iterator[Known]:
    """Yield every setting in the order of the model, with `NAME` where the operator chooses a name."""
    yield from _of_model(Settings, (), "")


def without_kinds(location: Sequence[str | int]) -> Place:
    """Return the place of a location that pydantic gives, which also names the kinds of tables."""
    place: list[str] = []
    annotation: Any = Settings
    for step in map(str, location):
        models = _models(annotation)
        if len(models) > 1 and step in {_kind(each) for each in models}:
            annotation = next(each for each in models if _kind(each) == step)
        elif step != "[key]":
            place.append(step)
            annotation = _inside(annotation, step)
    return tuple(place)


def nearest(place: Place) -> str:
    """Say which known setting comes nearest to one that is not, or which there are."""
    annotation: Any = Settings
    for step in place[:-1]:
        annotation = _inside(annotation, step)
    models = _models(annotation)
    if place[-1] == KIND:
        return "known here: " + ", ".join(sorted(_kind(each) for each in models))
    names = list(dict.fromkeys(name for each in models for name in each.model_fields))
    near = difflib.get_close_matches(place[-1], names, 1)
    return f"did you mean `{near[0]}`?" if near else "known here: " + ", ".join(names)


def is_secret(field: FieldInfo) -> bool:
    """Tell whether a value must not be shown."""
    return field.annotation is SecretStr


def _of_model(
    model: type[BaseModel], place: Place, kind: str, given: BaseModel | None = None
) -> Iterator[Known]:
    """Yield the settings of a table; `given` is what it is by default, where the model around it says so."""
    for name, field in model.model_fields.items():
        value = getattr(given, name) if given else field.get_default()
        here = (*place, name)
        models, named = _models(field.annotation), _named(field.annotation)
        if named is not None:
            here, models, value = (*here, NAME), _models(named), None
        for each in models:
            inner = value if isinstance(value, each) else None
            yield from _of_model(each, here, _kind(each) if len(models) > 1 else kind, inner)
        if not models:
            default = "" if field.is_required() or value is None else _toml(value)
            default = _toml(kind) if name == KIND else default
            words = " ".join((field.description or "").split())
            yield Known(here, kind, _values(field), default, is_secret(field), words)


def _inside(annotation: Any, step: str) -> Any:
    """Return the annotation of what a step leads to; nothing where it leads nowhere."""
    named = _named(annotation)
    if named is not None:
        return named
    for model in _models(annotation):
        if step in model.model_fields:
            return model.model_fields[step].annotation
    return None


def _models(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) is Annotated:
        return _models(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return [model for each in get_args(annotation) for model in _models(each)]
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return [annotation] if is_model else []


def _named(annotation: Any) -> Any:
    """Return what a table of chosen names holds; nothing for anything else."""
    return get_args(annotation)[1] if get_origin(annotation) is dict else None


def _kind(model: type[BaseModel]) -> str:
    field = model.model_fields.get(KIND)
    return str(get_args(field.annotation)[0]) if field else ""


def _values(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(field.annotation))
    words: dict[Any, str] = {str: "text", SecretStr: "text, secret", int: "number", float: "number"}
    words |= {bool: "true or false", date: "date"}
    plain = words.get(_named(field.annotation) or field.annotation, "list of texts")
    limits = {
        name: getattr(each, name)
        for each in field.metadata
        for name in ("ge", "gt", "le")
        if hasattr(each, name)
    }
    said = {"ge": "from {}", "gt": "above {}", "le": "to {}"}
    return " ".join([plain, *(said[name].format(value) for name, value in limits.items())])


def _toml(value: Any) -> str:
    if isinstance(value, SecretStr):
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)

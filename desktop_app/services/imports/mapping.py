"""Column mappings: how a foreign set of files fills the templates. Data, never code.

A mapping is a TOML file. Those that ship with the program lie in ``mappings/``; ``docs/import.md``
describes the form. Backroom's own templates are the identity mapping, ``own()``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from ..errors import Rejected
from .fields import DATE_FORMS
from .templates import TEMPLATES

MAPPING_BYTES_MAX = 200_000
"""A mapping is a page or two of text."""

OWN = "backroom"
"""The name of the identity mapping."""

Words = Annotated[str, StringConstraints(max_length=200)]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Factor(_Strict):
    """A whole number that multiplies or divides: a column of the row, or of a lookup file."""

    column: Words
    lookup: Words | None = None
    take: Words | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.lookup is None) != (self.take is None):
            raise ValueError("lookup and take belong together")
        return self


class Cell(_Strict):
    """Where the value of a template's column comes from.

    Exactly one of ``column`` (of this file), ``columns`` (joined with ``with``) and ``value``
    (constant). ``lookup`` reads another file by the cell as key and takes its column ``take``;
    ``values`` replaces one text by another ("*": any other); ``prefix`` comes before what is not
    empty; ``times`` and ``per`` multiply or divide a number by a whole one; ``repair`` puts right
    UTF-8 that an earlier program took for Latin-1 ("Ä" and a control character for "ā").
    """

    column: Words | None = None
    columns: tuple[Words, ...] = ()
    value: Words | None = None
    between: str = Field(default=", ", alias="with", max_length=10)
    lookup: Words | None = None
    take: Words | None = None
    optional: bool = False
    values: Mapping[str, str] | None = None
    prefix: Words = ""
    times: Factor | None = None
    per: Factor | None = None
    repair: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = (self.column is not None) + bool(self.columns) + (self.value is not None)
        if given != 1:
            raise ValueError("exactly one of column, columns, value")
        if (self.lookup is None) != (self.take is None):
            raise ValueError("lookup and take belong together")
        if self.lookup is not None and self.column is None:
            raise ValueError("a lookup needs a column as its key")
        return self

    @property
    def shown(self) -> str | None:
        """The column of the file that a report names."""
        return self.column or (self.columns[0] if self.columns else None)


class Lookup(_Strict):
    """Another file, read once, that rows refer to by a key."""

    file: FileName
    key: Words


class Feed(_Strict):
    """One template filled from one file."""

    template: Words
    file: FileName
    columns: Mapping[str, Cell]

    @model_validator(mode="after")
    def _known(self) -> Self:
        template = TEMPLATES.get(self.template)
        if template is None:
            raise ValueError(f"no template {self.template!r}")
        unknown = set(self.columns) - set(template.names)
        if unknown:
            raise ValueError(f"{self.template} has no {', '.join(sorted(unknown))}")
        missing = {f.name for f in template.fields if f.required} - set(self.columns)
        if missing:
            raise ValueError(f"{self.template} needs {', '.join(sorted(missing))}")
        return self


class ColumnMapping(_Strict):
    """A whole mapping. ``strict``: columns that no feed uses are a problem, and files optional.

    ``currency`` suggests the base currency of a company made for these files.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    title: Words
    about: Annotated[str, StringConstraints(max_length=2000)] = ""
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    encoding: Literal["utf-8", "cp1252", "latin-1"] = "utf-8"
    decimal: Literal[".", ","] = "."
    date: str = "YYYY-MM-DD"
    lookups: Mapping[str, Lookup] = {}
    feeds: tuple[Feed, ...]
    strict: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.date not in DATE_FORMS:
            raise ValueError(f"date is one of {', '.join(DATE_FORMS)}")
        for feed in self.feeds:
            for cell in feed.columns.values():
                used = {part.lookup for part in (cell, cell.times, cell.per) if part is not None}
                unknown = {name for name in used if name is not None} - set(self.lookups)
                if unknown:
                    raise ValueError(f"no lookup {', '.join(sorted(unknown))}")
        fed = [feed.template for feed in self.feeds]
        if len(fed) != len(set(fed)):
            raise ValueError("each template is fed once")
        return self


def own() -> ColumnMapping:
    """Return the mapping of Backroom's own templates: each file by its name, columns by theirs."""
    feeds = [
        {
            "template": template.name,
            "file": template.file,
            "columns": {field.name: {"column": field.name} for field in template.fields},
        }
        for template in TEMPLATES.values()
    ]
    return ColumnMapping.model_validate(
        {"name": OWN, "title": "Backroom’s own templates", "feeds": feeds, "strict": True}
    )


def shipped() -> dict[str, ColumnMapping]:
    """Return the mappings that come with the program, by name."""
    folder = resources.files(__package__) / "mappings"
    found = [
        parse(entry.read_text(encoding="utf-8"), entry.name)
        for entry in sorted(folder.iterdir(), key=lambda one: one.name)
        if entry.name.endswith(".toml")
    ]
    return {mapping.name: mapping for mapping in found}


def named(mapping: str | ColumnMapping | None) -> ColumnMapping:
    """Return a mapping by name, by the path of a TOML file, or the own one for None.

    Raises Rejected("unknown_mapping" | "mapping_unreadable" | "mapping_wrong").
    """
    if isinstance(mapping, ColumnMapping):
        return mapping
    if mapping is None or mapping == OWN:
        return own()
    if not mapping.endswith(".toml"):
        known = shipped()
        if mapping not in known:
            raise Rejected("unknown_mapping", name=mapping, known=[OWN, *sorted(known)])
        return known[mapping]
    try:
        with Path(mapping).open("rb") as file:
            data = file.read(MAPPING_BYTES_MAX + 1)
        if len(data) > MAPPING_BYTES_MAX:
            raise Rejected("mapping_wrong", name=mapping, where="", reason="too long")
        return parse(data.decode("utf-8"), mapping)
    except (OSError, UnicodeDecodeError) as error:
        raise Rejected("mapping_unreadable", name=mapping, reason=_said(error)) from error


def parse(toml: str, name: str) -> ColumnMapping:
    """Return the mapping in a TOML text. Raises Rejected("mapping_wrong", name, where, reason)."""
    try:
        return ColumnMapping.model_validate(tomllib.loads(toml))
    except tomllib.TOMLDecodeError as error:
        raise Rejected("mapping_wrong", name=name, where="", reason=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Rejected("mapping_wrong", name=name, where=where, reason=first["msg"]) from error


def _said(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is not UTF-8 text"

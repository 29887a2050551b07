"""Filters of a list as data: how a chip reads and writes the list's filter value (SAL-01)."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, cast

from desktop_app.services.lists import Among, Sort

F = TypeVar("F", bound=Any)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter may have, and its word."""

    value: Hashable
    label: str


@dataclass(frozen=True, slots=True)
class Picked:
    """What a chip is set to: any of, or (`out`) none of these values."""

    values: tuple[Hashable, ...]
    out: bool = False


@dataclass(frozen=True, kw_only=True)  # slots break Generic[...]() calls
class FilterSpec(Generic[F]):
    """One filter. Make it with `among`, `one_of`, `words`; `pinned` ones always have a chip.

    `choices` may be a list or a function asked each time the popover opens.
    """

    key: str
    name: str
    read: Callable[[F], Picked | None]
    write: Callable[[F, Picked | None], F]
    choices: Sequence[Choice] | Callable[[], Sequence[Choice]] = ()
    several: bool = False
    can_exclude: bool = False
    typed: bool = False
    pinned: bool = False
    hint: str = ""

    def offered(self) -> Sequence[Choice]:
        """The choices now."""
        return self.choices() if callable(self.choices) else self.choices

    def words(self, picked: Picked) -> str:
        """The chip's value in words: "none or part", "not On hold"."""
        if self.typed:
            return str(picked.values[0])
        labels = {choice.value: choice.label for choice in self.offered()}
        named = [labels.get(value, str(value)) for value in picked.values]
        text = " or ".join(named) if len(named) <= 2 else f"{named[0]} +{len(named) - 1}"
        return f"not {text}" if picked.out else text


@dataclass(frozen=True)  # slots break Generic[...]() calls
class ViewSpec(Generic[F]):
    """A view tab: its name, the filter it stands for, and whether its count is work to do."""

    key: str
    label: str
    where: F
    counted: bool = True
    sort: Sort | None = field(default=None)


def among(
    key: str,
    name: str,
    choices: Sequence[Choice] | Callable[[], Sequence[Choice]],
    *,
    pinned: bool = False,
) -> FilterSpec[Any]:
    """A field of type `Among`: is any of, is none of."""

    def read(where: Any) -> Picked | None:
        found: Among | None = getattr(where, key)
        return None if found is None else Picked(tuple(sorted(found.values)), found.out)

    def write(where: Any, picked: Picked | None) -> Any:
        value = None
        if picked is not None and picked.values:
            value = Among(cast(frozenset[int], frozenset(picked.values)), picked.out)
        return replace(where, **{key: value})

    return FilterSpec(
        key=key, name=name, read=read, write=write, choices=choices, several=True,
        can_exclude=True, pinned=pinned,
    )  # fmt: skip


def one_of(
    key: str,
    name: str,
    choices: Sequence[Choice] | Callable[[], Sequence[Choice]],
    *,
    pinned: bool = False,
    blank: Hashable = None,
) -> FilterSpec[Any]:
    """A field that has one value, or ``blank``."""

    def read(where: Any) -> Picked | None:
        found = getattr(where, key)
        return None if found is None or found == "" else Picked((found,))

    def write(where: Any, picked: Picked | None) -> Any:
        return replace(where, **{key: picked.values[0] if picked and picked.values else blank})

    return FilterSpec(key=key, name=name, read=read, write=write, choices=choices, pinned=pinned)


def words(key: str, name: str, hint: str = "", *, pinned: bool = False) -> FilterSpec[Any]:
    """A field of text; empty asks nothing."""

    def read(where: Any) -> Picked | None:
        found = getattr(where, key)
        return Picked((found,)) if found else None

    def write(where: Any, picked: Picked | None) -> Any:
        return replace(where, **{key: str(picked.values[0]) if picked and picked.values else ""})

    return FilterSpec(
        key=key, name=name, read=read, write=write, typed=True, pinned=pinned, hint=hint
    )


def switch(key: str, name: str, word: str, *, pinned: bool = False) -> FilterSpec[Any]:
    """A field that is on or asks nothing, for example "Show: short only"."""

    def read(where: Any) -> Picked | None:
        return Picked((True,)) if getattr(where, key) else None

    def write(where: Any, picked: Picked | None) -> Any:
        return replace(where, **{key: picked is not None and bool(picked.values)})

    return FilterSpec(
        key=key, name=name, read=read, write=write, choices=(Choice(True, word),), pinned=pinned
    )

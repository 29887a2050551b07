"""Every refusal that a service can raise, and every kind of note, has its sentence in the views."""

import ast
from dataclasses import dataclass
from functools import cache
from string import Formatter

from desktop_app.views import messages, note_text
from tests.helpers.sources import PACKAGE, trees

FAMILIES = {"Rejected", "Conflict", "Unavailable", "Stopped", "CannotRead", "NotAnOrder"}
"""`NotAllowed` is told by the role that may, not by its code."""

DOCUMENTS = {"SO", "PO", "GI", "PR", "SC", "TR"}


@dataclass(frozen=True)
class Raised:
    code: str
    where: str
    params: frozenset[str] | None
    """None where they are not written out."""


def _strings(node: ast.expr) -> list[str] | None:
    """The texts an argument can be, or None when that cannot be read off."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        one, other = _strings(node.body), _strings(node.orelse)
        return None if one is None or other is None else one + other
    return None


@cache
def raised() -> list[Raised]:
    found, unclear = [Raised("stopped", "services/errors.py", frozenset())], []
    for name, tree in trees(PACKAGE):
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            family = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if not isinstance(node, ast.Call) or family not in FAMILIES or not node.args:
                continue
            texts = _strings(node.args[0])
            if texts is None:
                unclear.append(f"{name}:{node.lineno} {ast.unparse(node.args[0])}")
            names = [word.arg for word in node.keywords]
            params = None if None in names else frozenset(str(word) for word in names)
            found += [Raised(text, f"{name}:{node.lineno}", params) for text in texts or []]
    assert not unclear, "codes must be plain texts where they are raised:\n" + "\n".join(unclear)
    return found


@cache
def note_kinds() -> dict[str, str]:
    """Kind to where it is written: in the (document, id, kind, params) handed to `add_notes`."""
    found: dict[str, str] = {}
    for name, tree in trees(PACKAGE / "services"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Tuple) and len(node.elts) == 4:
                document, kind = _strings(node.elts[0]), _strings(node.elts[2])
                if document and set(document) <= DOCUMENTS and kind:
                    found |= dict.fromkeys(kind, f"{name}:{node.lineno}")
    return found


def test_codes_are_found():
    codes = {one.code for one in raised()}
    assert {"file_exists", "database_not_empty", "empty_database", "id_reused", "stopped"} <= codes


def test_each_code_has_a_sentence():
    missing = {f"{x.code} ({x.where})" for x in raised() if x.code not in messages.SENTENCES}
    assert not missing, "\n".join(sorted(missing))


def test_each_sentence_is_told_what_it_says():
    wrong = []
    for one in raised():
        said = messages.SENTENCES.get(one.code)
        if isinstance(said, str) and one.params is not None:
            fields = {field for _, field, *_ in Formatter().parse(said) if field}
            if not fields <= one.params:
                wrong.append(
                    f"{one.code} ({one.where}) lacks {', '.join(sorted(fields - one.params))}"
                )
    assert not wrong, "\n".join(wrong)


def test_each_kind_of_note_has_a_sentence():
    kinds = note_kinds()
    assert "status_changed" in kinds
    missing = [
        f"{kind} ({at})" for kind, at in sorted(kinds.items()) if kind not in note_text._SENTENCES
    ]
    assert not missing, "\n".join(missing)

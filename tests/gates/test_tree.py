"""What is committed names no machine and no registry, holds no secret and no stub."""

import ast
import re
from pathlib import Path

from tests.helpers.sources import ROOT, texts, trees

THIS = Path("tests/gates/test_tree.py")
MACHINE = re.compile(r"(?<![\w.$}~/-])/(?:work|root|home|farm|mnt|Users)/[\w.]")
REGISTRY = re.compile(
    r"pypi\.|pythonhosted|npmjs|registry\.|index-url|find-links|trusted-host|deb\.debian|"
    r"archive\.ubuntu|/opt/(?:pypi|wheels)|/tmp/backroom/",
    re.IGNORECASE,
)
SECRET = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|gh[pousr]_\w{30}|AKIA[0-9A-Z]{16}|xox[bap]-\w{10}")
BANNED_NAMES = re.compile(r"(?:Manager|Helper|Utils?|Handler)$")


def _found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{text[: match.start()].count(chr(10)) + 1}: {match.group()!r}"
        for name, text in texts()
        if name != THIS
        for match in pattern.finditer(text)
    ]


def test_no_machine_path_is_named():
    assert not _found(MACHINE)


def test_no_registry_is_named():
    assert not _found(REGISTRY)


def test_no_secret_is_kept():
    assert not _found(SECRET)


def test_names_say_what_a_thing_is():
    found = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and BANNED_NAMES.search(node.name)
    ]
    assert not found, "\n".join(found)


def test_nothing_is_a_stub():
    found = []
    for name, tree in trees():
        if "versions" in name.parts:
            continue  # a database never goes back to an older schema
        for node in ast.walk(tree):
            raised = node.exc if isinstance(node, ast.Raise) else None
            raised = raised.func if isinstance(raised, ast.Call) else raised
            if isinstance(raised, ast.Name) and raised.id == "NotImplementedError":
                found.append(f"{name}:{node.lineno} raises NotImplementedError")
    found += [f"{at}" for at in _found(re.compile(r"# ?(?:TODO|FIXME|XXX)\b"))]
    assert not found, "\n".join(found)


def test_vendor_is_said_only_in_the_documented_label():
    """The word is *supplier*; *Vendor to use* is a label of R3.1 and keeps its words."""
    found = []
    for name, tree in trees():
        if not {"views", "models"} & set(name.parts):
            continue
        for node in ast.walk(tree):
            said = node.value if isinstance(node, ast.Constant) else None
            if isinstance(said, str) and re.search(
                r"\bvendors?\b", said.replace("Vendor to use", ""), re.IGNORECASE
            ):
                is_sentence = " " in said.strip() or said[:1].isupper()
                if is_sentence and said not in DOCSTRINGS[name]:
                    found.append(f"{name}:{node.lineno}: {said}")
    assert not found, "\n".join(found)


class _Docstrings(dict[Path, set[str]]):
    """The docstrings of a file, which nobody sees on a screen."""

    def __missing__(self, name: Path) -> set[str]:
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        texts = {
            node.body[0].value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
            and isinstance(node.body[0].value, ast.Constant)
        }
        self[name] = texts
        return texts


DOCSTRINGS = _Docstrings()

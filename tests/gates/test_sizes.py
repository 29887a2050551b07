"""Files and functions stay small enough to read (architecture section 14)."""

import ast

from tests.helpers.sources import ROOT, committed, trees

FILE_LINES_MAX = 600
VIEW_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def test_files_are_short():
    long = []
    for path in committed():
        if path.suffix != ".py" or "versions" in path.parts:
            continue  # a migration is one list of tables, written once
        name = path.relative_to(ROOT)
        most = VIEW_LINES_MAX if name.is_relative_to("desktop_app/views") else FILE_LINES_MAX
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > most:
            long.append(f"{name}: {lines} lines, {most} allowed")
    assert not long, "\n".join(long)


def test_functions_are_short():
    long = []
    for name, tree in trees(ROOT):
        if "versions" in name.parts:
            continue  # a migration is one list of tables, written once
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{name}:{node.lineno} {node.name}: {lines} lines")
    assert not long, "\n".join(long)

"""The code of the cogs, read as a tree: what is called with what."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# _start.py speaks to the operator, who reads English, as the log and the settings do.
COGS = sorted(set((ROOT / "cogs").glob("*.py")) - {ROOT / "cogs" / "_start.py"})


def tree_of(file: Path) -> ast.Module:
    """The code of a file."""
    return ast.parse(file.read_text(encoding="utf-8"))


def literals(node: ast.AST, *, beyond: set[str]) -> Iterator[tuple[int, str]]:
    """Every piece of text in the code below `node`, with its line; docstrings and what goes into `beyond` left out."""
    if isinstance(node, ast.Call) and called(node) in beyond:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        yield from literals(child, beyond=beyond)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call in the code."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """The last part of what is called."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def arguments(call: ast.Call, wanted: tuple[int | str, ...]) -> Iterator[ast.expr]:
    """The arguments at these places or of these names."""
    for each in wanted:
        if isinstance(each, int):
            yield from call.args[each : each + 1]
        else:
            yield from (keyword.value for keyword in call.keywords if keyword.arg == each)

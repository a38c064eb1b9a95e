"""Prints which of `init` and `migrate` a program's `main.py` defines or imports by name at its top, one a line.

The world of the component depends on it, and has to be there before the program runs for the first time. What this
interpreter cannot parse is left to the one that the contract runs on.
"""

import ast
import pathlib
import sys

NAMES = ("init", "migrate")


def bound(statement):
    """The names that a statement binds to what may be a function."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, ast.ImportFrom):
        return [alias.asname or alias.name for alias in statement.names]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def main(file):
    try:
        tree = ast.parse(pathlib.Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    found = {name for statement in tree.body for name in bound(statement)}
    print("\n".join(name for name in NAMES if name in found))


main(sys.argv[1])

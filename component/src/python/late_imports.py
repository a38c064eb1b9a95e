"""Prints the imports within functions of the Python files in a folder: `path:line: module`, one a line.

A contract's modules are loaded when it is built; a call has no files to load more from. A module that is loaded anyway,
because `main.py` or what it loads imports it at the top, is there in a call too, and not printed. What this interpreter
cannot parse is left to the one that the contract runs on.
"""

import ast
import pathlib
import sys

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class File:
    """A file of the program, parsed."""

    def __init__(self, path, folder, tree):
        parts = path.relative_to(folder).with_suffix("").parts
        self.path = path
        self.tree = tree
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.package = ".".join(parts[:-1])


def parsed(folder):
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        try:
            yield File(path, folder, ast.parse(path.read_bytes()))
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue


def needed(statement, file, own):
    """The full names of the modules that an import needs. What stands behind `from … import` may be one if it is among
    the program's own."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    around = file.package.split(".") if statement.level else []
    around = around[: len(around) + 1 - statement.level]
    base = ".".join(part for part in [*around, statement.module] if part)
    deeper = [f"{base}.{alias.name}" if base else alias.name for alias in statement.names]
    return [name if name in own else base for name in deeper]


def loaded(files):
    """The names of the modules that are loaded once `main.py` is. An import under a condition does not count."""
    names, waiting = set(), ["main"]
    while waiting:
        parts = waiting.pop().split(".")
        for name in [".".join(parts[:length]) for length in range(1, len(parts) + 1)]:
            if name in names:
                continue
            names.add(name)
            for statement in files[name].tree.body if name in files else []:
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    waiting.extend(needed(statement, files[name], files))
    return names


def late(node, inside):
    """The imports below `node` that run in a call."""
    for child in ast.iter_child_nodes(node):
        if inside and isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        else:
            yield from late(child, inside or isinstance(child, FUNCTIONS))


def main(folder):
    files = list(parsed(folder))
    own = {file.name: file for file in files}
    there = loaded(own)
    for file in files:
        for statement in late(file.tree, False):
            missing = [name for name in needed(statement, file, own) if name not in there]
            if missing:
                print(f"{file.path}:{statement.lineno}: {', '.join(dict.fromkeys(missing))}")


main(sys.argv[1])

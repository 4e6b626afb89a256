"""``make size``: how large the product is, by app, and whether its targets are met.

Reads files and runs nothing of what it reads, so it measures an older commit by the rules of this one:
``make size AT=<commit>``. The product is ``manage.py`` and the apps, without migrations.
"""

import ast
import builtins
import io
import re
import subprocess
import sys
import tarfile
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
# The kernel is an app of its own, at the other end of the import order.
APPS = ("hrportal", "performance", "recruitment", "notifications", "branches", "hrportal/kernel")
LONGEST_FUNCTION = 30
MOST_LINES, MOST_OF_HRPORTAL, MOST_OF_MIGRATIONS = 38_000, 5_500, 3_000
LOOSE = re.compile(r"\bdict\[str, Any\]")
# Bases of other packages, by which models and exceptions are known without importing anything.
MODELS = {"Model", "MP_Node", "AbstractUser", "through"}
EXCEPTIONS = {name for name, value in vars(builtins).items() if isinstance(value, type)} & {
    name for name in vars(builtins) if name.endswith(("Error", "Exception", "Warning", "Exit"))
} | {"CommandError", "ImproperlyConfigured", "PermissionDenied", "ValidationError", "SuspiciousOperation"}
NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file of Python, read."""

    name: str
    text: str
    tree: ast.Module


@dataclass(slots=True)
class Size:
    """One row of the table. ``lines`` are all lines; ``code`` are those without blanks, comments, docstrings."""

    lines: int = 0
    code: int = 0
    files: int = 0
    models: int = 0
    exceptions: int = 0
    dict_any: int = 0
    long_functions: int = 0
    import_circles: int = 0
    migrations: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Size)))


def measure(root: Path) -> dict[str, Size]:
    """The size of every app of a checkout, and of what belongs to none under ``manage.py``."""
    modules = {place: list(_modules(root, place)) for place in (*APPS, "manage.py")}
    every = [module for found in modules.values() for module in found]
    models = _below(every, MODELS, models=True)
    exceptions = _below(every, EXCEPTIONS)
    circles = _circles(every)
    return {
        place: Size(
            lines=sum(len(module.text.splitlines()) for module in found),
            code=sum(_code_lines(module) for module in found),
            files=len(found),
            models=sum(models.get(module.name, 0) for module in found),
            exceptions=sum(exceptions.get(module.name, 0) for module in found),
            dict_any=sum(len(LOOSE.findall(module.text)) for module in found),
            long_functions=sum(1 for module in found for _ in _long_functions(module)),
            import_circles=sum(min(circle) in {module.name for module in found} for circle in circles),
            migrations=sum(
                len(path.read_text("utf-8").splitlines()) for path in _files(root, place, of_migrations=True)
            ),
        )
        for place, found in modules.items()
    }


def _files(root: Path, place: str, *, of_migrations: bool = False) -> Iterator[Path]:
    if (root / place).is_file():
        yield from () if of_migrations else (root / place,)
        return
    inner = [root / app for app in APPS if app.startswith(f"{place}/")]
    for path in sorted((root / place).rglob("*.py")):
        if (
            not any(path.is_relative_to(app) for app in inner)
            and ("migrations" in path.parts) is of_migrations
        ):
            yield path


def _modules(root: Path, place: str) -> Iterator[Module]:
    for path in _files(root, place):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text("utf-8")
        yield Module(name, text, ast.parse(text))


def _code_lines(module: Module) -> int:
    held = {
        line
        for token in tokenize.generate_tokens(io.StringIO(module.text).readline)
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            held -= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return len(held)


def _long_functions(module: Module) -> Iterator[Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, Function) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION:
            yield node


def _below(modules: Iterable[Module], known: set[str], *, models: bool = False) -> dict[str, int]:
    """How many classes of each module descend from one of ``known``, by the names of their bases."""
    classes = [
        (module.name, node, {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases})
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    below: set[str] = set()
    while found := {node.name for _, node, bases in classes if bases & (known | below)} - below:
        below |= found
    counts: dict[str, int] = {}
    for name, node, _ in classes:
        is_model = "models" in name.split(".") and "abstract = True" not in ast.unparse(node)
        if node.name in below and (is_model or not models):
            counts[name] = counts.get(name, 0) + 1
    return counts


def _imports(module: Module, known: Mapping[str, Module]) -> Iterator[str]:
    """The modules of the product that one imports when it is loaded; not those for types only."""
    nodes: list[ast.AST] = [module.tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        nodes += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from names & known.keys() or {node.module} & known.keys()


def _circles(modules: Iterable[Module]) -> set[frozenset[str]]:
    """Modules that import each other, each set once."""
    known = {module.name: module for module in modules}
    direct = {name: set(_imports(module, known)) - {name} for name, module in known.items()}
    reached = {name: _reached(name, direct) for name in known}
    return {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in known
        if name in reached[name]
    }


def _reached(start: str, direct: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        following = direct[ahead.pop()] - found
        found |= following
        ahead += following
    return found


def report(sizes: Mapping[str, Size]) -> str:
    """The table and the targets, as text."""
    total = sum(sizes.values(), Size())
    headings = [one.name.replace("_", " ") for one in fields(Size)]
    rows = [
        [place, *(f"{getattr(size, one.name):,}" for one in fields(Size))]
        for place, size in (*sizes.items(), ("product", total))
    ]
    widths = [
        max(len(row[column]) for row in (["", *headings], *rows)) for column in range(len(headings) + 1)
    ]
    table = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width) for number, (cell, width) in enumerate(pairs)
        )
        for pairs in (list(zip(row, widths, strict=True)) for row in (["", *headings], *rows))
    ]
    targets = (
        ("product", total.lines, MOST_LINES),
        ("hrportal without its kernel", sizes["hrportal"].lines, MOST_OF_HRPORTAL),
        ("migrations", total.migrations, MOST_OF_MIGRATIONS),
    )
    return "\n".join(
        [
            *table,
            "",
            *(
                f"{what}: {lines:,} lines, at most {most:,}: {'met' if lines <= most else 'not met'}"
                for what, lines, most in targets
            ),
        ]
    )


def main(commit: str) -> None:
    """Print the report of this checkout as it is, or of one of its commits."""
    if not commit:
        print(report(measure(ROOT)))
        return
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=False, capture_output=True)
    if archive.returncode:
        sys.exit(archive.stderr.decode().strip())
    with TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
        print(report(measure(Path(folder))))


if __name__ == "__main__":
    main(*sys.argv[1:2] or [""])

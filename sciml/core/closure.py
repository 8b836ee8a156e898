"""Which code can a stage reach, and what does that code add up to?

Only syntax is read, nothing is imported: a module that imports torch costs as little as one that does not.
Comments, layout and docstrings do not count. Imports inside functions count, imports for type checkers do not.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# what these modules hold reaches a stage by other ways: settings as values, errors as the end of a job
_NEUTRAL = ("settings", "errors")
_CODE = (".py", ".pyc", ".pyi")


def code_digest(roots: Sequence[str], package: Path) -> str:
    """Digest of everything that `roots` can reach inside the package in this folder.

    A root is a module (`sciml.variants.prepare`) or one name of a module (`sciml.core.stages:train`), of which only
    the definitions that it uses count.
    """
    parts = _reached(roots, package)
    contents = {root: part.digest for root, part in parts.items()}
    for folder in {part.path.parent for part in parts.values()} - {package}:
        contents |= _data_in(folder, package)
    lines = "\n".join(f"{name} {content}" for name, content in sorted(contents.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def reached_code(roots: Sequence[str], package: Path) -> dict[str, tuple[ast.AST, ...]]:
    """The syntax that counts for `code_digest`, by module (or `module:name` for a root that is one)."""
    return {root: part.nodes for root, part in _reached(roots, package).items()}


@dataclass(frozen=True)
class _Part:
    """A module or what one name of it uses: the file, the syntax, its digest, what it imports from the package."""

    path: Path
    nodes: tuple[ast.AST, ...]
    digest: str
    imports: tuple[str, ...]


def _reached(roots: Sequence[str], package: Path) -> dict[str, _Part]:
    found: dict[str, _Part] = {}
    waiting = list(roots)
    while waiting:
        root = waiting.pop()
        module, _, name = root.partition(":")
        if root in found or module.rpartition(".")[2] in _NEUTRAL:
            continue
        path = _file_of(module, package)
        if path is not None:
            found[root] = _part(path, path.stat().st_mtime_ns, module, name, package)
            waiting.extend(found[root].imports)
    return found


@cache
def _part(path: Path, changed_ns: int, module: str, name: str, package: Path) -> _Part:
    tree = _without_docstrings(ast.parse(path.read_bytes(), filename=str(path)))
    nodes: list[ast.AST] = _used_by(name, tree, path) if name else [tree]
    text = "\n".join(ast.dump(node) for node in nodes)
    imports = {imported for node in nodes for imported in _imports(node, module, package)}
    return _Part(path, tuple(nodes), hashlib.sha256(text.encode()).hexdigest()[:16], tuple(sorted(imports)))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    return tree


def _used_by(name: str, tree: ast.Module, path: Path) -> list[ast.AST]:
    """The top-level statements of a module that one of its names needs, in their order."""
    statements = [one for statement in tree.body if not _for_type_checkers(statement) for one in _one_by_one(statement)]
    defines = {defined: statement for statement in statements for defined in _names_defined(statement)}
    if name not in defines:
        raise LookupError(f"{path} does not define {name}")
    needed, waiting = set(), [name]
    while waiting:
        wanted = waiting.pop()
        if wanted in defines and wanted not in needed:
            needed.add(wanted)
            waiting.extend(node.id for node in ast.walk(defines[wanted]) if isinstance(node, ast.Name))
    kept = {id(defines[wanted]) for wanted in needed}
    return [statement for statement in statements if id(statement) in kept]


def _one_by_one(statement: ast.stmt) -> Iterator[ast.stmt]:
    """An import of several names as several imports."""
    if isinstance(statement, ast.ImportFrom):
        yield from (ast.ImportFrom(statement.module, [alias], statement.level) for alias in statement.names)
    elif isinstance(statement, ast.Import):
        yield from (ast.Import([alias]) for alias in statement.names)
    else:
        yield statement


def _names_defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _imports(node: ast.AST, module: str, package: Path) -> Iterator[str]:
    if _for_type_checkers(node):
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _is_inside(alias.name, package))
    elif isinstance(node, ast.ImportFrom):
        source = _absolute(node, module, package)
        if _is_inside(source, package):
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if _file_of(inner, package) else source
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, module, package)


def _absolute(node: ast.ImportFrom, module: str, package: Path) -> str:
    if not node.level:
        return node.module or ""
    path = _file_of(module, package)
    parents = module.split(".")
    drop = node.level - (1 if path is not None and path.name == "__init__.py" else 0)
    parents = parents[: len(parents) - drop]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _is_inside(module: str, package: Path) -> bool:
    return module.partition(".")[0] == package.name


def _file_of(module: str, package: Path) -> Path | None:
    """Source of a module, or None. A package counts only where a name is taken from its `__init__` itself."""
    base = package.parent.joinpath(*module.split("."))
    for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _data_in(folder: Path, package: Path) -> dict[str, str]:
    """Digests of the files that are no code in the folder of a module and in its folders without modules."""
    folders = [folder, *(inner for inner in sorted(folder.iterdir()) if inner.is_dir() and not _holds_code(inner))]
    return {
        str(file.relative_to(package)): _file_digest(file, file.stat().st_mtime_ns)
        for inner in folders
        for file in sorted(inner.iterdir())
        if file.is_file() and file.suffix not in _CODE and not file.name.startswith(".")
    }


def _holds_code(folder: Path) -> bool:
    return folder.name == "__pycache__" or any(folder.glob("*.py"))


@cache
def _file_digest(file: Path, changed_ns: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]

"""Find in our own source what errors and findings say, as templates: `No command {}.` for `f"No command {word!r}."`."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("ontology", "extract", "queries", "kg")
SPOKEN = {
    "Answer": (),
    "ArgumentTypeError": (0,),
    "Check": (0, 2, 3),
    "Finding": (5,),
    "Problem": (3, 4),
    "RequestProblemError": (1, 2),
    "UnreadableBytes": (1,),
    "_complain": (0, 1),
    "_tell": (0,),
    "problem": (1,),
}
"""What says something to people, by name of the call, and which of its arguments say it; of our errors, the first."""
LISTED = ("_mistakes", "_impossible", "did_you_mean", "suggest", "missing_for_full")
"""Functions whose results become part of a message."""


@cache
def error_texts() -> dict[str, str]:
    """Return each template of a message or a hint, and the place where it stands."""
    errors = _error_classes()
    found: dict[str, str] = {}
    for path, tree in _modules():
        module = _Module(tree)
        for name in LISTED:
            for template in module.said_by(name):
                found.setdefault(template, f"{path.relative_to(ROOT)}: {name}")
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            if name in SPOKEN:
                said = [call.args[i] for i in SPOKEN[name] if i < len(call.args)]
            elif name in errors:
                said = call.args[:1]
            else:
                continue
            said += [word.value for word in call.keywords if word.arg in ("hint", "message", "remedy")]
            for node in said:
                for template in module.templates(node):
                    template = f"{{}} {template}" if name == "UnreadableBytes" else template
                    for line in template.split("\n"):  # each is translated by itself
                        found.setdefault(line.strip(" "), f"{path.relative_to(ROOT)}:{call.lineno}")
    return {
        template: where for template, where in found.items() if any(c.isalpha() for c in template.replace("{}", ""))
    }


@cache
def _modules() -> tuple[tuple[Path, ast.Module], ...]:
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in paths)


def _error_classes() -> set[str]:
    """Return the names of all classes below JiqunError, wherever they are."""
    classes = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for _, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"JiqunError"}
    while more := {name for name, bases in classes.items() if bases & known} - known:
        known |= more
    return known


class _Module:
    """What names and functions of one module can say."""

    def __init__(self, tree: ast.Module) -> None:
        self._values: dict[str, list[ast.expr]] = {}
        self._active: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._values.setdefault(target.id, []).append(node.value)
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and isinstance(node.target, ast.Name) and node.value:
                self._values.setdefault(node.target.id, []).append(node.value)
            elif isinstance(node, ast.FunctionDef):
                returned = [n.value for n in ast.walk(node) if isinstance(n, (ast.Return, ast.Yield)) and n.value]
                self._values.setdefault(node.name, []).extend(returned)

    def said_by(self, function: str) -> list[str]:
        """Return what a function of the module returns or yields."""
        return [template for value in self._values.get(function, []) for template in self.templates(value)]

    def templates(self, node: ast.expr) -> list[str]:
        """Return what an expression can say, `{}` for each value in it."""
        if isinstance(node, ast.Constant):
            return [_escape(node.value)] if isinstance(node.value, str) else ["{}"]
        if isinstance(node, ast.JoinedStr):
            return ["".join(_escape(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [a + b for a in self.templates(node.left) for b in self.templates(node.right)]
        if isinstance(node, ast.IfExp):
            return self.templates(node.body) + self.templates(node.orelse)
        if isinstance(node, ast.BoolOp):
            return [template for value in node.values for template in self.templates(value)]
        name = ""
        if isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            name = "" if name in ("str", "join", "get", "replace", "format", "read") else name
        if name and name not in self._active and name in self._values:
            self._active.add(name)
            said = [template for value in self._values[name] for template in self.templates(value)]
            self._active.discard(name)
            return said
        return ["{}"]


def _escape(text: object) -> str:
    return str(text).replace("{", "{{").replace("}", "}}")

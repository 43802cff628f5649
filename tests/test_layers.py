"""The direction of imports, checked over the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from lab.settings import PROJECT

LAYERS = [
    {"errors", "words", "settings", "records", "fields", "likeness", "intervals", "text"},
    {"access"},
    {"minhash", "matching"},
    {"checks"},
    {"workspace", "hub_client", "embeddings"},
    {"catalog", "hosting", "disk", "rendering", "datasets", "retrieval", "runs", "adopting", "recorded", "jobs"},
    {"engine"},
    {"ingest", "synth", "train", "evals", "chat", "ship"},
    {"replay", "story", "selftest"},
    {"teaching"},
    {"lab"},
    {"ui", "api"},
    {"cli", "docs", "__main__", "__init__"},
]
SIBLINGS_APART = {"ingest", "synth", "train", "evals", "chat", "ship"}
HEAVY = {"torch", "transformers", "trl", "peft", "datasets", "accelerate"}
MAY_IMPORT_HEAVY = {"lab/engine/core.py", "lab/engine/server.py", "lab/train/trainer.py", "lab/train/learner.py"}


def _modules() -> Iterator[tuple[str, str, list[str]]]:
    """(file, its part of the house, modules it imports) of every file below ``lab``."""
    for path in sorted((PROJECT / "lab").rglob("*.py")):
        name = path.relative_to(PROJECT).as_posix()
        part = Path(name).parts[1].removesuffix(".py")
        yield name, part, list(_imports(ast.parse(path.read_text("utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports name the whole path"
            if node.module == "lab":
                yield from (f"lab.{alias.name}" for alias in node.names if alias.name != "__version__")
            else:
                yield node.module


def _level(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def test_imports_point_downward() -> None:
    wrong = []
    for name, part, imports in _modules():
        for module in imports:
            if module.startswith("lab."):
                other = module.split(".")[1]
                if other == part:
                    continue
                sideways = other in SIBLINGS_APART and part in SIBLINGS_APART
                if _level(other) > _level(part) or sideways:
                    wrong.append(f"{name} imports {module}")
    assert wrong == []


def test_only_the_page_imports_gradio() -> None:
    pages = [n for n, _, imports in _modules() if any(m.split(".")[0] == "gradio" for m in imports)]
    assert [n for n in pages if not n.startswith("lab/ui/")] == []


def test_only_workers_and_the_engine_import_torch_and_its_kin() -> None:
    heavy = [n for n, _, imports in _modules() if any(m.split(".")[0] in HEAVY for m in imports)]
    assert [n for n in heavy if not n.endswith("worker.py") and n not in MAY_IMPORT_HEAVY and "engine/" not in n] == []


def test_only_the_train_worker_imports_trl() -> None:
    trl = [n for n, _, imports in _modules() if any(m.split(".")[0] == "trl" for m in imports)]
    assert all(n.startswith("lab/train/") for n in trl)


def test_only_settings_reads_the_environment() -> None:
    readers = []
    for path in sorted((PROJECT / "lab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
                readers.append(path.relative_to(PROJECT).as_posix())
    assert set(readers) <= {"lab/settings.py"}

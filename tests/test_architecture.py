"""Who may import whom, what may load torch, how large a file may grow: DESIGN's borders, held by reading the code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The folders that hold our Python; whatever else lies in a checkout (.venv, data) is nobody's business here.
FOLDERS = ("benchmarks", "cogs", "deploy", "inference", "locales", "mini", "playground", "storage", "tests")
FILES = sorted([*ROOT.glob("*.py"), *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))])

TENSOR_LIBRARIES = (
    "torch",
    "torchvision",
    "diffusers",
    "transformers",
    "onnxruntime",
    "peft",
    "accelerate",
    "spandrel",
)

# Files that run only in a worker, a decoder or a rater process, or are no part of the running bot at all.
TENSOR_FILES = (
    "inference/engine/*",
    "inference/models/*",
    "inference/worker.py",
    "inference/sampling.py",
    "inference/pixels.py",
    "inference/safety/rater/*",
    "mini/*",
    "benchmarks/*",
    "tests/*",
)
# Exceptions from TENSOR_FILES: these lie in such a folder, but the bot reads them too.
ALSO_IN_THE_BOT = (
    "inference/models/__init__.py",
    "inference/models/catalog.py",
    "inference/models/civitai.py",
    "inference/models/clashes.py",
    "inference/models/convert.py",
    "inference/models/facts.py",
    "inference/models/folders.py",
    "inference/models/installed.py",
    "inference/models/table.py",
    "inference/models/downloads.py",
    "inference/models/choosing.py",
    "inference/models/hubs.py",
    "inference/models/public.py",
    "inference/models/families.py",
    "inference/models/header.py",
    "inference/models/recognise.py",
    "inference/models/weight_files.py",
    "inference/models/memory.py",
    "inference/models/pickles.py",
    "inference/models/parts.py",
    "inference/models/sizes.py",
    "inference/models/lora/__init__.py",
    "inference/models/lora/family.py",
    "inference/models/lora/keys.py",
    "inference/models/lora/names.py",
    "inference/models/lora/numbers.py",
    "inference/models/lora/prints.py",
    "inference/models/lora/upload.py",
    "inference/models/streaming.py",
    "inference/safety/rater/__init__.py",
    "inference/safety/rater/client.py",
    "inference/safety/rater/messages.py",
)

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
# path, or path::function, -> why it is longer
LONG_FOR_A_REASON: dict[str, str] = {
    "mini/artist/formal.py::draw_armor": "a drawing: lists of points, with nothing to decide between them",
    "mini/artist/formal.py::draw_dress": "a drawing: lists of points, with nothing to decide between them",
}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Modules that only the files matching `allowed` may import."""

    modules: tuple[str, ...]
    allowed: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """Modules that no file matching `files` may import, but for those named in `but`."""

    files: tuple[str, ...]
    modules: tuple[str, ...]
    but: tuple[str, ...] = ()
    why: str


RESERVED = [
    Reserved(
        modules=("discord",),
        allowed=("bot.py", "cogs/*", "benchmarks/feigned.py", "tests/*"),
        why="Discord stops at cogs/; feigned.py feigns it",
    ),
    Reserved(modules=("simcord",), allowed=("tests/*",), why="it is a referee for tests"),
    Reserved(
        modules=("aiosqlite", "sqlite3"), allowed=("storage/*", "tests/*", "benchmarks/*"), why="all SQL is in storage/"
    ),
    Reserved(modules=("tests",), allowed=("tests/*",), why="nothing that runs needs a test"),
]

FORBIDDEN = [
    Forbidden(
        files=("storage/*",),
        modules=("inference", "cogs", "playground", "mini", "bot"),
        but=("inference.request", "inference.errors"),
        why="storage keeps requests and knows nobody else",
    ),
    Forbidden(
        files=("inference/*",),
        modules=("discord", "aiosqlite", "sqlite3", "storage", "cogs", "playground", "bot"),
        why="inference draws; it knows neither who asked nor where it is kept",
    ),
    Forbidden(
        files=("cogs/*",), modules=("bot", "playground", "mini"), why="bot.py hands the cogs everything they need"
    ),
    Forbidden(
        files=("locales/*",),
        modules=("bot", "cogs", "inference", "storage", "playground", "mini", "discord"),
        why="words are words, whoever says them",
    ),
    Forbidden(
        files=("playground/*",),
        modules=("discord", "cogs", "storage", *TENSOR_LIBRARIES),
        why="a Discord of our own proves nothing when it shares code with the bot",
    ),
]


def path_of(file: Path) -> str:
    """The path inside the repository, with forward slashes."""
    return file.relative_to(ROOT).as_posix()


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a pattern covers the path; `*` reaches into folders below."""
    return any(fnmatch(path, pattern) for pattern in patterns)


def may_use_tensors(path: str) -> bool:
    """Whether the file is one that never runs in the bot's own process."""
    return matches(path, TENSOR_FILES) and path not in ALSO_IN_THE_BOT


def is_within(module: str, packages: tuple[str, ...]) -> bool:
    """Whether the module is one of the packages or lies in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def imports_of(file: Path) -> Iterator[tuple[str, int]]:
    """Every module the file names in an import, anywhere in it, with its line; `from a import b` gives `a.b`."""
    package = path_of(file).removesuffix(".py").split("/")[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{start}.{alias.name}", node.lineno) for alias in node.names)


def modules_in_the_bot() -> list[str]:
    """What the bot's own process may load: everything of ours that is not reserved for another process."""
    ours = [path_of(file) for file in FILES]
    # A `__main__` is a program of its own, and so is what lies in deploy/ and playground/.
    ours = [path for path in ours if not may_use_tensors(path) and not path.endswith("__main__.py")]
    bot = ("bot.py", "config.py", "config_forms.py", "failpoints.py", "cogs/*", "inference/*", "locales/*", "storage/*")
    paths = [path for path in ours if matches(path, bot)]
    return [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in paths]


@pytest.mark.parametrize("rule", RESERVED, ids=lambda rule: rule.modules[0])
def test_a_reserved_module_is_imported_only_where_it_belongs(rule: Reserved) -> None:
    trespasses = [
        f"{path_of(file)}:{line} imports {module}: {rule.why}"
        for file in FILES
        if not matches(path_of(file), rule.allowed)
        for module, line in imports_of(file)
        if is_within(module, rule.modules)
    ]
    assert trespasses == []


@pytest.mark.parametrize("rule", FORBIDDEN, ids=lambda rule: rule.files[0])
def test_no_part_imports_what_it_should_not_know(rule: Forbidden) -> None:
    trespasses = [
        f"{path_of(file)}:{line} imports {module}: {rule.why}"
        for file in FILES
        if matches(path_of(file), rule.files)
        for module, line in imports_of(file)
        if is_within(module, rule.modules) and not is_within(module, rule.but)
    ]
    assert trespasses == []


def test_tensor_libraries_are_imported_only_where_the_bot_never_goes() -> None:
    trespasses = [
        f"{path_of(file)}:{line} imports {module}"
        for file in FILES
        if not may_use_tensors(path_of(file))
        for module, line in imports_of(file)
        if is_within(module, TENSOR_LIBRARIES)
    ]
    assert trespasses == []


def test_the_bot_s_own_process_loads_no_tensor_library() -> None:
    program = (
        "import importlib, sys\n"
        f"for name in {modules_in_the_bot()!r}:\n"
        "    importlib.import_module(name)\n"
        f"    loaded = sorted(set({TENSOR_LIBRARIES!r}) & set(sys.modules))\n"
        "    if loaded: sys.exit(f'{name} loads {loaded}')\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_bot_py_starts_with_nothing_installed() -> None:
    # -S leaves site-packages out: this is the machine on which `python bot.py --install` is run for the first time.
    command = [sys.executable, "-S", "-E", "bot.py", "--help"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "--install" in ran.stdout


@pytest.mark.parametrize("path", ["bot.py", "deploy/__init__.py", "deploy/install.py"])
def test_an_older_python_can_read_far_enough_to_be_refused(path: str) -> None:
    old = (3, 8)
    assert ast.parse((ROOT / path).read_text(encoding="utf-8"), feature_version=old).body
    with pytest.raises(SyntaxError):  # what it could not read it is known to refuse
        ast.parse("match 1:\n    case 1:\n        pass", feature_version=old)


def test_every_cog_can_be_set_up_and_no_private_file_can() -> None:
    wrong: list[str] = []
    for file in (ROOT / "cogs").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        is_extension = any(isinstance(node, ast.AsyncFunctionDef) and node.name == "setup" for node in tree.body)
        if is_extension == file.stem.startswith("_"):
            wrong.append(f"{path_of(file)} {'has a' if is_extension else 'lacks an async'} setup()")
    assert wrong == []


def test_no_file_grows_past_what_one_idea_needs() -> None:
    lengths = {path_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    too_long = {path: lines for path, lines in lengths.items() if lines > MAX_FILE_LINES}
    assert too_long.keys() - LONG_FOR_A_REASON.keys() == set(), too_long


def test_no_function_grows_past_one_screen() -> None:
    too_long: dict[str, int] = {}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    too_long[f"{path_of(file)}::{node.name}"] = lines
    assert too_long.keys() - LONG_FOR_A_REASON.keys() == set(), too_long


def test_every_reason_for_length_is_still_needed() -> None:
    gone = [entry for entry in LONG_FOR_A_REASON if not (ROOT / entry.split("::")[0]).exists()]
    assert gone == []


def test_every_file_has_a_name_that_says_what_it_is_about() -> None:
    assert [path_of(file) for file in FILES if file.stem.strip("_") in NAMES_THAT_SAY_NOTHING] == []

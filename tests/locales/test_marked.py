"""Whatever people read is marked for translation, as far as reading the code can tell.

Two nets: no English prose stands in `cogs/` outside `say` and `N_`, wherever it goes; and not even a single word goes
into what Discord shows.
"""

import ast
import re

from locales import extract
from tests.locales.code import COGS, ROOT, arguments, called, calls, literals, tree_of

PROSE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
WORD = re.compile(r"[A-Za-z]{2,}")
LABEL = re.compile(r"""(?:title|placeholder|alt|textContent|"aria-label")\s*[:=]\s*"([A-Za-z]{2}[^"]*)\"""")
SENTENCE = re.compile(r"""(?<!say\()"([A-Z][a-z]+ [^"]+)"(?!:)""")

MARKS = {"say", "N_"}
# Read by the operator or by programmers, or found by the extractor without a mark.
OTHERS = {
    "info", "warning", "error", "critical", "debug", "exception",
    "CannotStart", "RuntimeError", "TypeError", "ValueError", "create_task", "_start", "describe",
}  # fmt: skip
# Where Discord takes what it shows: function -> the places and names of such arguments.
SHOWN: dict[str, tuple[int | str, ...]] = {
    "Button": ("label",), "Choice": ("name",), "ContextMenu": ("name",), "Entry": ("text", "alt"),
    "Label": ("text", "description"), "Select": ("placeholder",), "SelectOption": ("label", "description"),
    "TextDisplay": (0, "content"), "TextInput": ("label", "placeholder"), "_button": (0, "label"),
    "_select": (1, "placeholder"), "_text": (0, "content"), "add": (1, 3, "text", "hint"),
    "add_option": ("label", "description"), "catalogue": (0, "head"), "edit_message": ("content",),
    "listing": (0, 2, "head", "label"), "offers": (0, 2, "head", "label"),
    "send": (0, "content"), "send_message": (0, "content"), "sentence": (0, "text"),
    "stacked": (0, "text"), "tell": (1, "text"),
}  # fmt: skip


def test_no_prose_stands_unmarked_in_a_cog() -> None:
    found = [f"{file.name}:{line} {text!r}" for file in COGS for line, text in prose(tree_of(file))]
    assert found == [], "wrap it in say(…) or N_(…), and run `python -m locales`"


def test_no_word_is_shown_unmarked() -> None:
    found = [f"{file.name}:{line} {text!r}" for file in COGS for line, text in words_shown(tree_of(file))]
    assert found == [], "wrap it in say(…) or N_(…), and run `python -m locales`"


def test_every_error_s_sentence_is_marked() -> None:
    files = [file for folder in extract.FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    found = [f"{file.name}:{line} {text!r}" for file in files for line, text in sentences(tree_of(file))]
    assert found == [], "wrap it in N_(…), and run `python -m locales`"


def test_no_sentence_and_no_label_of_the_page_is_unmarked() -> None:
    files = sorted((ROOT / "playground" / "page").glob("*.js"))
    found = [f"{file.name}: {text}" for file in files for text in page_texts(file.read_text(encoding="utf-8"))]
    assert files
    assert found == [], "wrap it in say(…), and run `python -m locales`"


def test_the_nets_catch_what_they_are_for() -> None:
    tree = ast.parse(
        """
class Lost(UserError):
    sentence = "It is lost."
def shown(say):
    "A docstring is not shown."
    log.info("nor is the log")
    text = "A sentence for people"
    _button(say("Fine"), custom_id="x")
    _button("Cancel", custom_id="x")
    _text(f"{say('Fine')}\\n-# Small {text}")
    raise Gone(template="Not here.")
    """
    )
    assert [text for _, text in prose(tree)] == ["It is lost.", "A sentence for people", "Not here."]
    assert [text for _, text in words_shown(tree)] == ["Cancel", "\n-# Small "]
    assert [text for _, text in sentences(tree)] == ["Not here.", "It is lost."]
    page = """h("a", { title: "Leave", class: "button primary" }, say("Fine words"), "Bare words");"""
    assert page_texts(page) == ["Leave", "Bare words"]


def page_texts(script: str) -> list[str]:
    """Literals that are labels, and literals that read like a sentence and are no key of a table."""
    return LABEL.findall(script) + SENTENCE.findall(script)


def prose(tree: ast.AST) -> list[tuple[int, str]]:
    """Literals that read like English, wherever they go."""
    return [(line, text) for line, text in literals(tree, beyond=MARKS | OTHERS) if PROSE.search(text)]


def words_shown(tree: ast.AST) -> list[tuple[int, str]]:
    """Literals with a word in them, in what Discord shows."""
    given = [shown for call in calls(tree) for shown in arguments(call, SHOWN.get(called(call), ()))]
    return [(line, text) for shown in given for line, text in literals(shown, beyond=MARKS) if WORD.search(text)]


def sentences(tree: ast.AST) -> list[tuple[int, str]]:
    """Literals that an error carries: as its class's `sentence`, or as the `template` of one of its kind."""
    given = [each.value for call in calls(tree) for each in call.keywords if each.arg == "template"]
    for node in ast.walk(tree):
        for each in node.body if isinstance(node, ast.ClassDef) else ():
            match each:
                case ast.Assign(targets=[ast.Name(id="sentence")], value=value):
                    given.append(value)
                case ast.AnnAssign(target=ast.Name(id="sentence"), value=ast.expr() as value):
                    given.append(value)
                case _:
                    pass
    return [found for each in given for found in literals(each, beyond=MARKS)]

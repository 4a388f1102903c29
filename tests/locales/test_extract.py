"""What is found in the code, and how a catalogue is written."""

import io
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from locales import __main__ as update
from locales.extract import messages_of

COMMAND = '''
class Draw:
    @app_commands.command()
    @app_commands.describe(prompt="What to draw")
    async def imagine(self, interaction, prompt: str) -> None:
        """Draw a picture"""
        await self.say(f"{say('Two words', count=2)} and " + N_("three "
            "words") + say(prompt))
'''
SCRIPT = """
button.textContent = say("Send");
hint(say('{count} pictures', {count: 2}), say(name), ` ${say("(optional)")}`);
"""


@pytest.mark.parametrize(
    ("suffix", "source", "expected"),
    [
        (
            ".py",
            COMMAND,
            {
                ("imagine", "command"), ("prompt", "option"), ("What to draw", None), ("Draw a picture", None),
                ("Two words", None), ("three words", None),
            },
        ),
        (".js", SCRIPT, {("Send", None), ("{count} pictures", None), ("(optional)", None)}),
    ],
)  # fmt: skip
def test_marked_sentences_and_commands_are_found(
    tmp_path: Path, suffix: str, source: str, expected: set[tuple[str, str | None]]
) -> None:
    file = tmp_path / f"code{suffix}"
    file.write_text(source, encoding="utf-8")
    assert messages_of(file) == expected


def test_a_catalogue_holds_what_is_wanted_sorted_and_forgets_the_rest() -> None:
    wanted = [("Vary", None), ("Edit", None), ("edit", "command"), ("New", None)]
    said = update.written("vi", wanted, {"Edit": "Sửa", "command\x04edit": "sửa", "Vary": "Biến thể", "Old": "Cũ"})
    assert [(one.id, one.context, one.string) for one in read_po(io.StringIO(said)) if one.id] == [
        ("Edit", None, "Sửa"), ("New", None, ""), ("Vary", None, "Biến thể"), ("edit", "command", "sửa"),
    ]  # fmt: skip

"""Discord's markup in words, for a terminal."""

import pytest

from playground.plain import plain

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Drawing** step 3 of 20\n-# `1girl` · <@7>", "Drawing step 3 of 20\n`1girl` · @Aiko"),
        ("<@!7> and <@8>", "@Aiko and @8"),
        ("starts <t:1000005:R>", "starts in 5 s"),
        ("made <t:999640>", "made 6 min ago"),
        ("kept <t:910000:f>", "kept 1 d ago"),
        ("Start one with </imagine:123>.", "Start one with /imagine."),
        ("↩ from [#1a](https://discord.com/channels/1/2/3)", "↩ from #1a (https://discord.com/channels/1/2/3)"),
        ("`a **b** <@7>` · ```\n-# c <t:5>\n```", "`a **b** <@7>` · ```\n-# c <t:5>\n```"),
        ("2 * 3 ** 4", "2 * 3 ** 4"),
        (r"**add\_detail** · `a\_b`", r"add_detail · `a\_b`"),
    ],
)
def test_what_is_markup_is_said_and_what_was_typed_stays(text: str, shown: str) -> None:
    assert plain(text, {7: "Aiko"}, NOW) == shown

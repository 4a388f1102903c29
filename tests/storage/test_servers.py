"""A server's rules: safe where nothing was set, kept whole, changed by several at once, and never half-read."""

import asyncio
import dataclasses

import pytest

from inference.errors import BadRequest
from inference.request import Unreadable
from storage import servers
from storage.database import Database
from storage.servers import Editing, ServerRules

HERE = 10


async def test_a_server_nobody_set_anything_for_is_safe(db: Database) -> None:
    for where in (None, HERE):
        rules = await servers.rules(db, where)
        assert rules == ServerRules()
        assert not (rules.adult or rules.suggestive or rules.gore or rules.hate)
        assert rules.spoiler
    await servers.set_language(db, HERE, "vi")
    assert await servers.rules(db, HERE) == ServerRules()


async def test_every_rule_is_kept(db: Database) -> None:
    rules = ServerRules(
        adult=True, suggestive=True, gore=True, hate=True, spoiler=False, real_people=False, channels=(1, 2**62),
        roles=(3,), models=("genga-mini",), private=False, private_roles=(4,), uploads=False, upload_roles=(5, 6),
        editing=Editing.ALL, open_each=2, daily_each=30, log_channel=7, blocked=frozenset({"two words", "ố"}),
            lists={"hair": ("ink", "jade")},
    )  # fmt: skip
    defaults = ServerRules()
    same = [
        each.name for each in dataclasses.fields(rules) if getattr(rules, each.name) == getattr(defaults, each.name)
    ]
    assert same == [], "a rule that this test does not change"
    assert await servers.change_rules(db, HERE, lambda _: rules) == rules
    assert await servers.rules(db, HERE) == rules
    assert await servers.rules(db, 11) == ServerRules()
    await servers.set_language(db, HERE, "vi")
    assert await servers.rules(db, HERE) == rules


async def test_of_two_changes_at_once_neither_is_lost(db: Database) -> None:
    names = ("adult", "suggestive", "gore", "hate")
    await asyncio.gather(
        *(servers.change_rules(db, HERE, lambda rules, name=name: dataclasses.replace(rules, **{name: True}))
          for name in names)
    )  # fmt: skip
    rules = await servers.rules(db, HERE)
    assert all(getattr(rules, name) for name in names)


async def test_rules_that_cannot_be_read_are_an_error_and_not_no_rules(db: Database) -> None:
    async with db.transaction() as tx:
        row = (HERE, '{"channels": "everywhere"}')
        await tx.run("INSERT INTO servers (id, rules, created_at, updated_at) VALUES (?, ?, 0, 0)", row)
    with pytest.raises(Unreadable):
        await servers.rules(db, HERE)


async def test_a_rule_of_another_version_is_passed_over(db: Database) -> None:
    async with db.transaction() as tx:
        row = (HERE, '{"adult": true, "of_another_version": 5}')
        await tx.run("INSERT INTO servers (id, rules, created_at, updated_at) VALUES (?, ?, 0, 0)", row)
    assert await servers.rules(db, HERE) == ServerRules(adult=True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Blue  Hair", "blue hair"),
        ("Ｂｌｕｅ-hair!", "blue hair"),
        ("  --- ", ""),
        ("Café", "cafe"),
        ("青い髪", "青い髪"),
    ],
)
def test_a_literal_is_kept_as_it_is_compared(typed: str, kept: str) -> None:
    assert servers.normalised(typed) == kept


def test_a_list_has_its_limits() -> None:
    assert len(servers.literals(f"word {number}" for number in range(2000))) == 2000
    assert servers.literals(["", "A b", "a  B"]) == {"a b"}
    with pytest.raises(BadRequest, match="up to 2000 words or phrases, and this one has 2001"):
        servers.literals(f"word {number}" for number in range(2001))
    with pytest.raises(BadRequest, match="longer than 100"):
        servers.literals(["x" * 101])


def test_a_single_letter_is_no_word_to_add_but_one_that_is_there_can_go() -> None:
    for line in ("a", " É ", "7", "я"):
        with pytest.raises(BadRequest, match="a single letter"):
            servers.additions(["blue hair", line])
    assert servers.additions(["裸", "ab"]) == {"裸", "ab"}
    assert servers.literals(["a"]) == {"a"}

"""Models by what they are called."""

import dataclasses

from cogs._model_names import called, in_order
from inference.models.catalog import load_catalog

[MINI] = load_catalog().models.values()


def test_numbers_in_titles_are_sorted_as_numbers() -> None:
    titles = ["10 things", "anyMix v10", "anyMix v2", "Anymix", "anyMix v1.10", "anyMix v1.9", "2 things"]
    ordered = in_order(dataclasses.replace(MINI, name=title, title=title) for title in titles)
    assert [each.title for each in ordered] == [
        "2 things", "10 things", "Anymix", "anyMix v1.9", "anyMix v1.10", "anyMix v2", "anyMix v10",
    ]  # fmt: skip


def test_what_begins_with_a_part_comes_before_what_holds_it() -> None:
    models = [dataclasses.replace(MINI, name=name, title=name) for name in ("my mix", "mixed", "other")]
    assert [each.name for each in called(models, "MIX")] == ["mixed", "my mix"]

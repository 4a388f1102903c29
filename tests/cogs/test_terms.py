"""The terms say, in every language, what each model of the catalogue asks of people."""

import dataclasses

import pytest

from cogs import _terms
from inference.models.catalog import load_catalog
from locales.words import SOURCE, Words, catalogue, languages

MODELS = load_catalog().models


def test_every_restriction_that_the_catalogue_names_has_its_text() -> None:
    named = {model.use_restrictions for model in MODELS.values()} - {""}
    assert named <= _terms.RESTRICTIONS.keys()


@pytest.mark.parametrize("language", [each for each in languages() if each != SOURCE])
def test_every_text_is_translated(language: str) -> None:
    texts = {_terms.HEAD, _terms.HEAD_OF_MODEL, _terms.HOUSE_RULES, *_terms.RESTRICTIONS.values()}
    assert texts <= catalogue(language).keys() and not texts & {*catalogue(language).values()}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("restriction", _terms.RESTRICTIONS)
def test_a_model_with_restrictions_is_accepted_with_them(language: str, restriction: str) -> None:
    model = dataclasses.replace(next(iter(MODELS.values())), title="Kumo", use_restrictions=restriction)
    texts = _terms.texts_for(model)
    assert texts == (_terms.HOUSE, restriction)
    said = _terms.sentences(Words(language), model, texts, "/privacy show")
    assert said.count("- ") == 2 and "**Kumo**" in said and "/privacy show" in said and "{" not in said


def test_what_was_accepted_for_other_models_can_be_read_again() -> None:
    mini = next(iter(MODELS.values()))
    rules = {"Kumo": "nc:1", "Sora": "nc:1", "Umi": "openrail:1", "mini": ""}
    models = {title: dataclasses.replace(mini, title=title, use_restrictions=text) for title, text in rules.items()}
    catalog, say = dataclasses.replace(load_catalog(), models=models), Words(SOURCE)
    said = _terms.of_others(say, catalog, {_terms.HOUSE, "nc:1", "openrail-nc:1", "gone:1"}, mini)
    assert said == ["- The model **Kumo, Sora** comes with its makers' rules: nothing commercial."]
    assert _terms.of_others(say, catalog, {"nc:1"}, models["Sora"]) == []


def test_who_accepted_the_rules_is_asked_before_the_first_picture_with_that_model() -> None:
    model = dataclasses.replace(next(iter(MODELS.values())), title="Kumo", use_restrictions="nc:1")
    say = Words(SOURCE)
    assert _terms.head(say, model, ("nc:1",)) == "**Just once, before your first picture with Kumo**"
    assert "Kumo" not in _terms.head(say, model, (_terms.HOUSE, "nc:1"))

"""A picture that was drawn and may not be shown: a sentence, a way on, and nothing of it anywhere."""

import pytest

from benchmarks.planted import UNSEEN, Planted, evidence
from inference.safety.evidence import PictureEvidence, Rating
from inference.safety.policy import NOT_CHECKED, NOT_HERE
from tests.referee.stage import Stage, gallery, labels, text, told

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


@pytest.mark.parametrize(
    ("seen", "sentence"), [(evidence(Rating.SENSITIVE), NOT_HERE), (UNSEEN, NOT_CHECKED)], ids=["seen", "unseen"]
)
async def test_it_can_be_tried_again_with_another_seed(stage: Stage, seen: PictureEvidence, sentence: str) -> None:
    services = stage.house.bot.services
    services.rater = Planted(sees=lambda _: seen)
    asked = await stage.alice.slash(stage.channel, "imagine", prompt="1girl", seed=7)
    card = await stage.ended(asked)
    assert sentence in text(card)
    assert gallery(card) == []
    assert labels(card) == ["Try again", "Edit"]
    services.rater = Planted()
    again = await stage.ended(await stage.alice.click(card, label="Try again"))
    assert len(gallery(again)) == 1
    assert "seed" in text(again) and "seed 7 " not in text(again)
    opened = await stage.alice.click(told(asked), label="Edit")
    assert opened.modal is not None

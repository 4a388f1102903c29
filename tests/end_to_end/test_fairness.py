"""Whoever sends much does not keep others waiting."""

import pytest

from tests.end_to_end.running_bot import RunningBot, verbs

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

# A turn is worth half a second: one of these pictures.
SETTINGS = {"GENGA_TEST_FAULT": "slow", "GENGA_QUEUE__SHARE_S": "0.5", "GENGA_QUEUE__PER_PERSON": "5"}


async def test_five_jobs_of_one_person_do_not_delay_anothers_first(bot: RunningBot) -> None:
    aikos = [(await bot.begin(f"prompt:1girl seed:{seed}"))[1] for seed in range(5)]
    _, chikas = await bot.begin("prompt:1girl seed:9", who="Chika")
    await bot.world.until(lambda: all("reroll" in verbs(seen) for seen in [*aikos, chikas]) or None, 60)
    jobs, hers = [bot.job(seen) for seen in aikos], bot.job(chikas)
    begun = [job["started_at"] for job in jobs]
    assert begun == sorted(begun), "one's own jobs stay in order"
    already = sum(at < hers["created_at"] for at in begun)
    # What was begun before is finished; one more may begin while hers is still being taken, and one before its turn.
    assert sum(at < hers["started_at"] for at in begun) <= already + 2


async def test_more_open_jobs_than_one_person_may_have_cost_a_sentence(bot: RunningBot) -> None:
    await bot.settle(30, "Aiko")
    begun = [await bot.begin(f"prompt:1girl seed:{seed}") for seed in range(5)]
    before = bot.traces()
    told = await (await bot.person("Aiko").slash("#gallery", "/imagine prompt:1girl")).message()
    assert told.ephemeral
    assert told.content == "You already have 5 pictures waiting. Let one finish, or cancel one with /queue."
    assert bot.traces()[0] == before[0]
    assert (await bot.begin("prompt:1girl seed:8", who="Chika"))[1].content.startswith("**In the queue")
    for sent, seen in begun[1:]:
        await bot.person("Aiko").press(seen, "Cancel")
        await bot.ended(sent)
    await bot.ended(begun[0][0])

"""Who looks at pictures before they are shown, and whether one of them may judge apparent ages."""

from collections.abc import AsyncIterator

from config import Config
from deploy.finding import Finding, broken, good, worth_knowing
from deploy.install import typed
from inference.safety.rater.client import CannotRate, Raters
from inference.safety.rater.messages import Fitness, Opened

WHY = {
    Fitness.UNKNOWN: "its files are none of those that inference/safety/rater/taggers.toml lists",
    Fitness.UNRECORDED: "its files are genuine, but nobody has recorded yet what it must say of the test drawings",
    Fitness.DIFFERENT: "it does not say of the test drawings what was recorded: this machine computes something else",
}


async def check(config: Config) -> AsyncIterator[Finding]:
    """Does the rater come up, and what does it make possible?"""
    try:
        async with Raters(config.safety) as raters:
            opened = await raters.first_answer()
    except CannotRate as error:
        yield broken(f"Pictures cannot be rated: {error}", "Correct safety.tagger, or leave it empty.")
        return
    for finding in conclude(opened):
        yield finding


def conclude(opened: Opened) -> list[Finding]:
    """What the rater says of itself, in sentences."""
    if opened.error:
        return [
            broken(f"Pictures cannot be rated, so none would be shown: {opened.error}", f"Run: {typed('--install')}")
        ]
    found = [good(f"Pictures are rated by {opened.name}.")]
    match opened.fitness:
        case Fitness.QUALIFIED:
            found.append(good("The tagger may judge apparent ages, so adult mode can be switched on."))
        case None:
            found.append(good("No tagger is installed, so the bot is safe-only: nothing adult is drawn anywhere."))
        case why:
            sentence = f"The tagger may not judge apparent ages: {WHY[why]}. The bot is safe-only."
            found.append(worth_knowing(sentence, "See “Raters” in the README."))
    return found

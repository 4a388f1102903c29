"""People who keep asking for pictures, in every way there is, and who sometimes change their minds."""

import asyncio
import random
from types import TracebackType

from playground import Playground, Seen
from playground.people import Person
from playground.sent import Sent
from playground.state import Interaction, Message

NAMES = ("Aiko", "Binh", "Chika", "Mori")
PAUSE_S = (0.1, 0.6)
WAYS = {"public": 40, "private": 20, "direct": 10, "written": 15, "again": 8, "cancelled": 7}


class Askers:
    """Inside `async with` they ask; afterwards no more. `asked` is everything they did."""

    def __init__(self, playground: Playground, chance: random.Random) -> None:
        self._playground, self._chance = playground, chance
        playground.world.add_person("Chika")
        self.asked: list[Interaction | Message] = []
        self._sent: list[Sent] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._seed = 0

    async def __aenter__(self) -> "Askers":
        self._tasks = [asyncio.create_task(self._keep_asking(self._playground.person(name))) for name in NAMES]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for problem in ended:
            if isinstance(problem, Exception):
                raise problem

    async def settled(self) -> None:
        """Return when each was answered, or the three seconds for it are over."""
        for sent in self._sent:
            await sent.settled()

    async def _keep_asking(self, person: Person) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*PAUSE_S))
            # Most people see that the bot is away; some try all the same.
            if self._playground.bot_online or self._chance.random() < 0.1:
                await self._ask(person, self._chance.choices(list(WAYS), list(WAYS.values()))[0])

    async def _ask(self, person: Person, way: str) -> None:
        self._seed += 1
        if way == "written":
            self.asked.append((await person.say("dm", f"1girl, harbour, boat {self._seed}")).message)
            return
        if way == "again" and (card := self._card_of(person)):
            self._note(await person.press(card, _controls(card)["reroll"], wait=False))
            return
        typed = f"/imagine prompt:1girl, harbour seed:{self._seed} count:{self._chance.choice((1, 1, 2))}"
        if way == "private":
            typed += " private:True"
        sent = await person.slash("dm" if way == "direct" else "#gallery", typed, wait=False)
        self._note(sent)
        if way == "cancelled":
            await self._change_mind(person, sent)

    async def _change_mind(self, person: Person, sent: Sent) -> None:
        """Press Cancel as soon as it is there, if it is still there by then."""
        await sent.settled()
        shown = sent.shown
        if shown and (cancel := _controls(shown).get("cancel")):
            await person.press(shown, cancel, wait=False)

    def _card_of(self, person: Person) -> Seen | None:
        """One of the person's last finished pictures."""
        for sent in reversed(self._sent[-40:]):
            if sent.interaction.person_id == person.id and sent.shown and "reroll" in _controls(sent.shown):
                return sent.shown
        return None

    def _note(self, sent: Sent) -> None:
        self._sent.append(sent)
        self.asked.append(sent.interaction)


def _controls(seen: Seen) -> dict[str, str]:
    """What the buttons of a message do, each with its custom_id."""
    controls = (button.custom_id for button in seen.buttons)
    return {control.split(":")[1]: control for control in controls if control and control.startswith("v1:")}

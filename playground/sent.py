"""What a person set off, and what came of it."""

from collections.abc import Callable

from playground.cdn_links import Links
from playground.modals import Modal
from playground.seen import Seen
from playground.state import Interaction, Message
from playground.transcript import transcript
from playground.world import World


class DidNotRespond(Exception):
    """The person waits for a message, but the application did not respond in time."""


class Sent:
    """A command, press, choice or submission on its way; `interaction` is the server's record of it."""

    def __init__(self, world: World, links: Links, interaction: Interaction) -> None:
        self._world = world
        self._links = links
        self.interaction = interaction

    def __repr__(self) -> str:
        return f"<Sent {self.interaction.kind.name} {self.interaction.id} answer={self.answer} failed={self.failed}>"

    async def settled(self) -> None:
        """Return when the bot has answered or its 3 seconds are over."""
        await self.interaction.settled.wait()

    @property
    def answer(self) -> str | None:
        """ "message", "deferred", "deferred_update", "update", "choices", "modal", or None while there is none."""
        return self.interaction.answer.name.lower() if self.interaction.answer else None

    @property
    def failed(self) -> str | None:
        """What the person reads instead of an answer."""
        return self.interaction.failed

    @property
    def modal(self) -> Modal:
        """The form that opened; ValueError if none did."""
        if self.interaction.modal is None:
            raise ValueError(f"no form opened: {self}")
        return Modal(self.interaction.modal)

    @property
    def followups(self) -> list[Seen]:
        return [self._seen(one) for one in self.interaction.followups]

    @property
    def shown(self) -> Seen | None:
        """The message that answers, as it stands now; None while there is none."""
        return self._seen(self.interaction.original) if self.interaction.original else None

    async def message(self, until: Callable[[Seen], object] | None = None, timeout_s: float = 30) -> Seen:
        """The message that answers, once `until(message)` is true (default: once it no longer says "thinking...").

        DidNotRespond when the 3 seconds passed; TimeoutError, with the message's last state, after `timeout_s`.
        """

        def ready() -> Seen | None:
            if self.failed:
                raise DidNotRespond(self.failed)
            if self.interaction.original is None:
                return None
            seen = self._seen(self.interaction.original)
            return seen if (until(seen) if until else not seen.thinking) else None

        try:
            return await self._world.until(ready, timeout_s)
        except TimeoutError:
            original = self.interaction.original
            state = transcript(self._seen(original)) if original else f"no message; {self}"
            raise TimeoutError(f"not within {timeout_s:g} s; the last state: {state}") from None

    def _seen(self, message: Message) -> Seen:
        return Seen(self._world, self._links, message, self.interaction.person_id)

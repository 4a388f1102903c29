"""What the policy needs to know of a server and of a person in it, and who is told what was refused."""

import dataclasses
from dataclasses import dataclass

from cogs._services import Services
from inference.safety.policy import Decision, Facts, Standing
from storage import audit, servers, standing
from storage.servers import ServerRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person's standing in a server, and its rules."""

    standing: Standing | None
    rules: ServerRules


async def of(services: Services, person_id: int, guild_id: int | None) -> Member:
    """As it is now."""
    rules = await servers.rules(services.db, guild_id)
    stands = await standing.standing(services.db, person_id, guild_id)
    return Member(standing=Standing(stands.kind.value), rules=rules)


async def note_refusal(
    services: Services, person_id: int, guild_id: int | None, facts: Facts, decision: Decision, *, strike: bool
) -> None:
    """For the audit log, and against the person where it is a `strike`."""
    await audit.record(
        services.db,
        person_id=person_id,
        guild_id=guild_id,
        moment=facts.moment.value,
        rule=decision.rule.value if decision.rule else "",
        decision="destroyed" if decision.destroy else "withheld" if facts.moment != "request" else "refused",
        scores=_scores(facts),
        detector=facts.picture.rater if facts.picture else "",
    )
    if strike:
        await standing.floor_hit(services.db, person_id, services.cool_downs)


def _scores(facts: Facts) -> dict[str, str | int | None]:
    """Numbers and short names; nothing that anybody typed."""
    said: dict[str, str | int | None] = {"provenance": facts.provenance and facts.provenance.value}
    if facts.text:
        said |= {f"text.{name}": int(strength) for name, strength in dataclasses.asdict(facts.text).items()}
    if facts.picture:
        seen = facts.picture
        said |= {"rating": seen.rating and seen.rating.value, "young": seen.young, "photo": seen.photo}
    return said

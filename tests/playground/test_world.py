"""What is there at every start, and names that are called in it."""

import pytest

from playground.mentions import as_the_client_writes
from playground.world import World


def test_people_servers_and_places_are_the_same_at_every_start_and_everything_else_is_new() -> None:
    one, other = World(), World()
    for found in ("users", "servers", "channels"):
        assert list(getattr(one, found)) == list(getattr(other, found)), found
    known = {*one.users, *one.servers, *one.channels}
    assert len(known) == len(one.users) + len(one.servers) + len(one.channels)
    assert one.channel("dm", one.person("Aiko").id).id in known
    fresh = [world.new_id() for world in (one, one, other) for _ in range(100)]
    assert min(fresh) > max(known)
    assert len({*fresh[:200]}) == 200
    assert one.add_person("Chika").id not in known


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@GENGA, please", "{genga}, please"),
        ("(@Genga)", "({genga})"),
        ("look\n@genga and @Aiko", "look\n{genga} and {aiko}"),
        ("`@Genga` and ```\n@Genga\n```", "`@Genga` and ```\n@Genga\n```"),
        ("a@genga.example @Gengar @@Genga @Nobody @", "a@genga.example @Gengar @@Genga @Nobody @"),
        ("{genga}", "{genga}"),
    ],
)
def test_a_name_behind_an_at_sign_calls_whoever_it_is_the_name_of(typed: str, sent: str) -> None:
    world = World()
    called = {"genga": f"<@{world.bot.id}>", "aiko": f"<@{world.person('Aiko').id}>"}
    written = as_the_client_writes(world, world.channel("#gallery"), typed.format(**called))
    assert written == sent.format(**called)


def test_nobody_is_called_who_is_not_there() -> None:
    world = World()
    channel = world.channel("dm:Binh", world.person("Aiko").id)
    assert as_the_client_writes(world, channel, "@Genga @binh") == f"@Genga <@{world.person('Binh').id}>"

"""Roles, and the selects that ask for people, roles and channels."""

import pytest

from playground import Permission, Playground
from playground.json_types import Node, Payload
from tests.playground.raw import Api, row


def select(kind: int, **fields: Node) -> Payload:
    return {"content": "x", "components": [row({"type": kind, "custom_id": "choose", **fields})]}


@pytest.mark.parametrize(
    "payload",
    [
        select(8, default_values=[{"id": "1", "type": "role"}]),
        select(6, default_values=[{"id": "1", "type": "user"}]),
        select(6, default_values=[{"id": "1", "type": "role"}, {"id": "2", "type": "role"}]),
        select(6, channel_types=[0]),
        select(3, options=[{"label": "a", "value": "a"}], default_values=[{"id": "1", "type": "user"}]),
    ],
)
async def test_defaults_that_do_not_fit_the_select_are_refused(api: Api, payload: Payload) -> None:
    assert await api.bad("POST", api.messages(), payload) == (400, 50035)


async def test_what_is_chosen_already_is_seen(playground: Playground, api: Api) -> None:
    aiko, world = playground.person("Aiko"), playground.world
    role = world.add_role("Painters")
    payload = select(6, min_values=0, max_values=3, default_values=[{"id": str(role.id), "type": "role"}])
    await api.ok("POST", api.messages(), payload)
    [shown] = (await aiko.wait_for("#gallery", lambda seen: seen.selects)).selects
    assert shown.chosen == (str(role.id),)


async def test_a_channel_select_offers_this_server_and_its_own_kinds(playground: Playground, api: Api) -> None:
    aiko, world = playground.person("Aiko"), playground.world
    world.add_server("Elsewhere", "hall", with_bot=True)
    await api.ok("POST", api.messages(), select(8, channel_types=[0], max_values=2))
    seen = await aiko.wait_for("#gallery", lambda seen: seen.selects)
    for place in ("Elsewhere#hall", "#gallery > ideas"):
        with pytest.raises(ValueError, match="is not offered there"):
            await aiko.select(seen, "choose", [place], wait=False)


async def test_a_role_gives_its_permissions_until_it_is_taken_away(playground: Playground) -> None:
    world = playground.world
    role = world.add_role("Keepers", Permission.MANAGE_GUILD)
    assert not world.permissions("Aiko", "#gallery") & Permission.MANAGE_GUILD
    world.give_role("Aiko", role)
    world.give_role("Aiko", role)
    assert world.permissions("Aiko", "#gallery") & Permission.MANAGE_GUILD
    world.give_role("Aiko", role, on=False)
    assert not world.permissions("Aiko", "#gallery") & Permission.MANAGE_GUILD

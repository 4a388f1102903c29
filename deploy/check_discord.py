"""Discord as `--doctor` sees it: reachable, the token good, the intents on, the commands known, the rights given."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

from config import Config
from deploy.finding import Finding, broken, good, worth_knowing
from deploy.install import typed
from deploy.portal import NEEDED, Application, NotAccepted, NotReached, Permission, Portal, Server
from storage import token_file

CLOCK_OFF_S = 30.0  # interactions are given up 30 s before Discord forgets them
MOST_NAMED = 5
COMMANDS_FILE = "commands.json"  # what the bot told Discord last

INTENT_OFF = (
    "“Message Content Intent” is off, so the bot cannot read other people's replies. All else works.",
    "Switch it on under Bot in the developer portal: https://discord.com/developers/applications",
)


async def check(config: Config) -> AsyncIterator[Finding]:
    """Everything that can be asked with the token that is set, or only whether Discord answers."""
    token = _token(config.storage.folder)
    async with Portal(config.discord.api_url, token) as portal:
        try:
            yield clock(await portal.reach(), config.discord.api_url)
            if not token:
                return
            application = await portal.application()
            for finding in of_application(application, wants_content=config.discord.message_content):
                yield finding
            known = [command.name for command in await portal.commands(application.id)]
            yield of_commands(known, told(config.storage.folder))
            for finding in of_servers(await portal.servers(), application):
                yield finding
        except NotReached as error:
            how = broken if token else worth_knowing  # the playground needs no network
            yield how(
                f"Discord cannot be reached at {config.discord.api_url}: {error}.",
                "Check the network, a proxy, and the setting discord.api_url.",
            )
        except NotAccepted:
            yield broken("Discord does not accept the token.", f"Copy it from the portal again: {typed('--setup')}")


def clock(ahead_s: float | None, api_url: str) -> Finding:
    """Whether our clock agrees with Discord's."""
    if ahead_s is not None and abs(ahead_s) > CLOCK_OFF_S:
        which = "slow" if ahead_s > 0 else "fast"
        return broken(
            f"Discord answers, and this machine's clock is {abs(ahead_s):.0f} s {which}.",
            "Let the machine set its clock by itself (timedatectl set-ntp true): the bot would think answers too late.",
        )
    return good(f"Discord answers at {api_url}; the clock is right.")


def of_application(application: Application, *, wants_content: bool) -> list[Finding]:
    """The token's application and its switches in the portal."""
    found = [good(f"Discord accepts the token: it is {application.name}'s, application {application.id}.")]
    if application.reads_messages:
        found.append(good("“Message Content Intent” is on: replies can be read."))
    elif wants_content:
        found.append(worth_knowing(*INTENT_OFF))
    else:
        found.append(good("“Message Content Intent” is off, as discord.message_content says."))
    if application.bot_require_code_grant:
        found.append(
            broken(
                "“Requires OAuth2 Code Grant” is on, so nobody can invite the bot.",
                "Switch it off under Bot in the developer portal.",
            )
        )
    return found


def told(folder: Path) -> list[str]:
    """The names of the commands that the bot told Discord last; none before its first start."""
    try:
        return sorted(json.loads((folder / COMMANDS_FILE).read_text(encoding="utf-8"))["commands"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def of_commands(known: list[str], told: list[str]) -> Finding:
    """Whether Discord offers what the bot told it."""
    if not known:
        return worth_knowing("Discord knows no commands of the bot yet.", "The bot tells them at its first start.")
    gone = sorted(set(told) - set(known))
    if gone:
        return worth_knowing(
            f"Discord has forgotten the commands {', '.join(gone)}.",
            f"Remove {COMMANDS_FILE} from the data folder and start the bot: it tells them again.",
        )
    return good(f"Discord offers {len(known)} commands.")


def of_servers(servers: list[Server], application: Application) -> list[Finding]:
    """Where something the bot needs is not allowed to it."""
    if not servers:
        return [worth_knowing("The bot is in no server yet.", f"Invite it: {application.invitation}")]
    lacking = [server for server in servers if server.missing]
    if not lacking:
        one = "the one server" if len(servers) == 1 else f"all {len(servers)} servers"
        return [good(f"The bot has the permissions it needs in {one} it is in.")]
    found = [
        worth_knowing(f"In the server “{server.name}” the bot lacks: {names_of(server.missing)}.", "")
        for server in lacking[:MOST_NAMED]
    ]
    if len(lacking) > MOST_NAMED:
        found.append(worth_knowing(f"So it is in {len(lacking) - MOST_NAMED} more servers."))
    remedy = f"Give them to its role there, or invite it again: {application.invitation}"
    return [*found[:-1], worth_knowing(found[-1].sentence, remedy)]


def names_of(permissions: Permission) -> str:
    """As Discord's settings name them."""
    return ", ".join((one.name or "").replace("_", " ").title() for one in permissions)


def needed() -> str:
    """Everything the invitation asks for."""
    return names_of(NEEDED)


def _token(folder: Path) -> str:
    """The token that a start would use; "" when there is none that may be used."""
    try:
        return os.environ.get(token_file.VARIABLE) or token_file.read(folder) or ""
    except (OSError, token_file.OpenToOthers):  # said by the check of the file itself
        return ""

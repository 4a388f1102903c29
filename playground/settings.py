"""What an experimenter may turn: the portal's switches, Discord's limits and its clocks."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Settings:
    """Discord's own values by default; change them at any time, the next request follows."""

    token: str | None = None
    """The only bot token that is accepted; None takes every non-empty one."""
    message_content: bool = True
    """The developer portal's switch for the MESSAGE_CONTENT intent."""
    server_members: bool = False
    presences: bool = False
    answer_within_s: float = 3.0
    token_life_s: float = 15 * 60.0
    file_limit_bytes: int = 10 * MIB
    request_limit_bytes: int = 25 * MIB
    nonce_window_s: float = 300.0
    """Discord says "the past few minutes" and no more."""
    cdn_life_s: float = 24 * 3600.0
    heartbeat_interval_s: float = 41.25
    rate_limits: bool = False
    """Real buckets (5 writes in 5 s per channel, 5 in 2 s per interaction token, 50 in 1 s for the bot)."""
    interaction_replies_ping: bool = False
    """Whether replying to an answer to an interaction pings the bot; discord-api-docs #5395 says it may not."""
    shards: int = 1
    clock_behind_s: float = 0.0
    """How far Discord's clock is behind this machine's from the beginning; `world.clock` moves it later."""

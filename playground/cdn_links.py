"""Signed links to files, which expire as Discord's do (`ex`, `is`, `hm`)."""

import hashlib
import hmac
import secrets
from urllib.parse import quote

from playground.state import Attachment
from playground.world import World


class Links:
    """Makes and checks links below `base`, e.g. "http://127.0.0.1:8080"."""

    def __init__(self, world: World, base: str) -> None:
        self._world = world
        self._base = base
        self._secret = secrets.token_bytes(32)

    def url(self, attachment: Attachment) -> str:
        """A link that works for `settings.cdn_life_s` seconds."""
        path = self.path(attachment)
        issued = int(self._world.clock.now())
        expires = issued + int(self._world.settings.cdn_life_s)
        return f"{self._base}{path}?ex={expires:x}&is={issued:x}&hm={self._sign(path, f'{expires:x}', f'{issued:x}')}&"

    def path(self, attachment: Attachment) -> str:
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        return f"/{folder}/{attachment.channel_id}/{attachment.id}/{quote(attachment.filename)}"

    def valid(self, attachment: Attachment, expires: str, issued: str, signature: str) -> bool:
        """Whether the link was made here, for this file, and has not expired."""
        try:
            fresh = int(expires, 16) > self._world.clock.now()
        except ValueError:
            return False
        return fresh and hmac.compare_digest(signature, self._sign(self.path(attachment), expires, issued))

    def _sign(self, path: str, expires: str, issued: str) -> str:
        return hmac.new(self._secret, f"{path}?{expires}&{issued}".encode(), hashlib.sha256).hexdigest()

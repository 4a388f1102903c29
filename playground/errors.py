"""Discord's refusals: one exception carrying the JSON error code, and the collector for invalid forms."""

from typing import cast

from playground.json_types import Payload

# code -> (HTTP status, message); https://docs.discord.com/developers/topics/opcodes-and-status-codes
MESSAGES = {
    0: (404, "404: Not Found"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30015: (400, "Maximum number of attachments in a message reached (10)"),
    30032: (400, "Maximum number of application commands reached"),
    40001: (401, "Unauthorized"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "Maximum number of follow up messages for this interaction reached"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160002: (400, "Cannot reply without permission to read message history"),
}


class ApiError(Exception):
    """A request Discord refuses; the server turns it into `{"code", "message", "errors"}`."""

    def __init__(self, code: int, *, status: int | None = None, errors: Payload | None = None) -> None:
        self.code = code
        default_status, self.message = MESSAGES.get(code, (400, "Error"))
        self.status = status or default_status
        self.errors = errors
        super().__init__(f"{self.status} {self.code} {self.message} {errors or ''}")

    def body(self) -> Payload:
        body: Payload = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


class Form:
    """Collects what is wrong with a form, field by field; `check()` raises 400/50035 if anything is."""

    def __init__(self) -> None:
        self._errors: Payload = {}

    def wrong(self, path: str, code: str, message: str) -> None:
        """Note an error at `path`, e.g. "components.0.label"."""
        node = self._errors
        for part in path.split("."):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, text: object, most: int, *, least: int = 0) -> None:
        if text is None and not least:
            return
        if not isinstance(text, str):
            self.wrong(
                path, "STRING_TYPE_CONVERT" if text is not None else "BASE_TYPE_REQUIRED", "A string is required"
            )
        elif not least <= len(text) <= most:
            code = "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH"
            message = (
                f"Must be between {least} and {most} in length." if least else f"Must be {most} or fewer in length."
            )
            self.wrong(path, code, message)

    def count(self, path: str, items: object, most: int, *, least: int = 0) -> None:
        if not isinstance(items, list) or not least <= len(cast(list[object], items)) <= most:
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def check(self) -> None:
        if self._errors:
            raise ApiError(50035, errors=self._errors)

"""Who may speak to the playground: programs on this machine, and the page it served itself, but no other site."""

from urllib.parse import urlsplit

from aiohttp import web

from playground.wire import Handler

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
OWN_PAGE = {"same-origin", "none"}
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """403 for a name that is not this machine's (DNS rebinding) and for what another site's page asks for."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        raise web.HTTPForbidden(text="The playground answers only on this machine's own address.")
    origin = request.headers.get("Origin")
    asked_by_page = request.headers.get("Sec-Fetch-Site", "none")
    visited = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method == "GET"
    if origin not in (None, f"http://{request.host}") or (asked_by_page not in OWN_PAGE and not visited):
        raise web.HTTPForbidden(text="Another site's page may not use the playground.")
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The page may load nothing from elsewhere; files that people send around may do nothing at all."""
    response.headers.update(EVERYWHERE)
    if request.path == "/" or request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; connect-src 'self' ws://{request.host}; img-src 'self' blob: data:; "
            "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    else:
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

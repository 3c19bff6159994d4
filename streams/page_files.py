"""The page's files, read once, and the headers under which nothing from elsewhere can run in it."""

import hashlib
from functools import cache
from importlib.resources import files

from aiohttp import web
from aiohttp.typedefs import Handler

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

_TYPES = {
    "html": "text/html",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}


HEAD = b"<!-- head.part -->"
"""Where a page has what stands at the head of every page."""


_FOLDER = files("streams").joinpath("page")


@cache
def version() -> str:
    """Another one as soon as any file of the page is another."""
    bodies = [file.read_bytes() for file in sorted(_FOLDER.iterdir(), key=lambda one: one.name)]
    return hashlib.sha256(b"".join(bodies)).hexdigest()[:20]


def page_routes(app: web.Application) -> None:
    """Serves the page at `/` and its files beside it."""
    head = _FOLDER.joinpath("head.part").read_bytes().strip()
    head += f'\n  <meta name="version" content="{version()}">'.encode()
    for file in _FOLDER.iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            app.router.add_get(path, _serve(file.read_bytes().replace(HEAD, head), kind))


def _serve(body: bytes, kind: str) -> Handler:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {**HEADERS, "ETag": tag, "Cache-Control": "no-cache"}

    async def serve(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

    return serve

"""The page's files, read once, and the headers under which nothing from elsewhere can run in it."""

import hashlib
import re
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
_NAMED = re.compile(rb'(?<=")/[\w.]+\.(?:js|css|svg|webmanifest)(?=")')
_MODULE = re.compile(rb'<script type="module" src="/([\w.]+)">')
_IMPORTED = re.compile(rb'^import [^"]*"/([\w.]+)";$', re.MULTILINE)
KEPT = "max-age=31536000, immutable"
"""How long a browser keeps a file that it asked for by its version: for good."""


@cache
def version() -> str:
    """Another one as soon as any file of the page is another."""
    bodies = [file.read_bytes() for file in sorted(_FOLDER.iterdir(), key=lambda one: one.name)]
    return hashlib.sha256(b"".join(bodies)).hexdigest()[:20]


def page_routes(app: web.Application) -> None:
    """Serves the page at `/` and its files beside it.

    A page names its files by their version, and all its modules at once: over a slow network it waits for few
    answers, and opened again for its own alone.
    """
    head = _FOLDER.joinpath("head.part").read_bytes().strip()
    head += f'\n  <meta name="version" content="{version()}">'.encode()
    for file in _FOLDER.iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            body = file.read_bytes()
            body = body.replace(HEAD, head + _modules(body))
            app.router.add_get(path, _serve(_NAMED.sub(rb"\g<0>?v=" + version().encode(), body), kind))


def _modules(page: bytes) -> bytes:
    """The modules of a page, those that others import among them, to stand in its head."""
    found = dict.fromkeys(_MODULE.findall(page))
    waiting = list(found)
    while waiting:
        own = _IMPORTED.findall(_FOLDER.joinpath(waiting.pop().decode()).read_bytes())
        waiting += (name for name in own if name not in found)
        found |= dict.fromkeys(own)
    return b"".join(b'\n  <link rel="modulepreload" href="/%b">' % name for name in found)


def _serve(body: bytes, kind: str) -> Handler:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'

    async def serve(request: web.Request) -> web.Response:
        asked = kind != "text/html" and request.query.get("v") == version()
        kept = KEPT if asked else "no-cache"
        headers = {**HEADERS, "ETag": tag, "Cache-Control": kept}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)

    return serve

"""Which pages may talk to us, asked of every websocket and every API call that a browser sends."""

import time

from parley.pools import postgres
from people.origins import origin_allowed

FRESH_SECONDS = 5.0
_cache: dict[int, tuple[float, list[str]]] = {}


async def site_origins(site_id: int) -> list[str]:
    """The site's allowed origins; read again after five seconds."""
    now = time.monotonic()
    cached = _cache.get(site_id)
    if cached and now - cached[0] < FRESH_SECONDS:
        return cached[1]
    async with (await postgres()).connection() as connection:
        row = await (
            await connection.execute("SELECT allowed_origins FROM people_site WHERE id = %s", [site_id])
        ).fetchone()
    found = row[0].split() if row else []
    _cache[site_id] = now, found
    return found


def own_origin(scheme: str, host: str) -> str:
    """The origin of a request's own page."""
    return f"{ {'ws': 'http', 'wss': 'https'}.get(scheme, scheme) }://{host}"


async def may_talk(origin: str, own: str, site_id: int) -> bool:
    """Whether a page of `origin` may use the API for this site."""
    return origin_allowed(origin, own=own, allowed=[]) or origin_allowed(
        origin, own=own, allowed=await site_origins(site_id)
    )

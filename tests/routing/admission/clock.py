"""A clock that the test turns, in place of Redis's own."""

from hashlib import sha1

import pytest
import redis as redis_client

from routing.admission import scripts


class Clock:
    """What the scripts take for Redis's time. It stands still until it is turned."""

    def __init__(self, client: "redis_client.Redis", monkeypatch: pytest.MonkeyPatch) -> None:
        plain, run, run_for_each = scripts.source, scripts.run, scripts.run_for_each
        self._client, self.now, self._told = client, 1_800_000_000.0, 0.0
        turned = "redis.call('MGET', '{clock}seconds', '{clock}micros')"
        monkeypatch.setattr(scripts, "source", lambda name: plain(name).replace("redis.call('TIME')", turned))
        monkeypatch.setattr(scripts, "_digest", lambda name: sha1(scripts.source(name).encode()).hexdigest())
        monkeypatch.setattr(scripts, "run", lambda *words: self._tell() or run(*words))
        monkeypatch.setattr(scripts, "run_for_each", lambda *words: self._tell() or run_for_each(*words))

    def go(self, seconds: float) -> None:
        self.now += seconds

    def _tell(self) -> None:
        if self._told != self.now:
            micros = round(self.now * 1_000_000)
            self._client.mset({"{clock}seconds": micros // 1_000_000, "{clock}micros": micros % 1_000_000})
            self._told = self.now

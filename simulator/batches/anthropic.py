"""Anthropic's Message Batches: POST and GET /v1/messages/batches, one by id, its results, cancel, delete.

Source: the section "Message Batches" of the vendor's public API reference, and what its Python SDK reads.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from aiohttp import web

from simulator.batches.exchange import BatchExchange, answer_item, examine, refuse_invalid
from simulator.batches.store import Item, Job, Outcome
from simulator.exchange import json_object
from simulator.vendors.base import Cause, Refusal

MOST_REQUESTS = 100_000
MOST_BYTES = 256 * 2**20
LASTS = 86_400.0
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class CreateBatch(BatchExchange):
    """Requests are only looked at one by one when their turn comes: those that are invalid are errored."""

    async def answer(self) -> web.StreamResponse:
        self.check_key()
        self.record.body = await self.read_all(MOST_BYTES)
        requests = _requests(json_object(self.record.body))
        items = [self._item(custom_id, params) for custom_id, params in requests]
        model = next((item.call.model for item in items if item.call), "")
        self.enter(model)
        seconds = self.settings.for_model(model).batch_seconds
        job = Job(self.state.batches.new_id("msgbatch_"), model, items, seconds)
        self.shelf.jobs[job.id] = job
        self.ledger.batches.update(created=1, requests=len(items))
        return await self.send(shown(job, self.request))

    def _item(self, custom_id: str, params: dict[str, object]) -> Item:
        try:
            call = self.vendor.read(self.request.headers, params)
            refuse_invalid(self.settings, call)
            return examine(self.settings, custom_id, call)
        except Refusal as refusal:
            return Item(custom_id, None, refusal)


class ListBatches(BatchExchange):
    """The key's batches, the newest first."""

    async def answer(self) -> web.StreamResponse:
        self.enter()
        after = self.request.query.get("after_id")
        jobs, more = self.page(list(self.shelf.jobs.values()), after, self.limit(20, 1000))
        ends = {"first_id": jobs[0].id if jobs else None, "last_id": jobs[-1].id if jobs else None}
        return await self.send({"data": [shown(job, self.request) for job in jobs], "has_more": more, **ends})


class ShowBatch(BatchExchange):
    """One of them."""

    async def answer(self) -> web.StreamResponse:
        return await self.send(shown(self.enter_job(), self.request))


class CancelBatch(BatchExchange):
    """End it early. One that is over stays as it is."""

    async def answer(self) -> web.StreamResponse:
        job = self.enter_job()
        self.ledger.batches["cancelled"] += job.cancel()
        return await self.send(shown(job, self.request))


class DeleteBatch(BatchExchange):
    """Forget one that is over."""

    async def answer(self) -> web.StreamResponse:
        job = self.enter_job()
        if not job.ended:
            raise Refusal(400, Cause.BODY, "A batch cannot be deleted while it is in progress: cancel it first.")
        del self.shelf.jobs[job.id]
        return await self.send({"id": job.id, "type": "message_batch_deleted"})


class BatchResults(BatchExchange):
    """A line for each request, in an order of the vendor's own: ours is from the last to the first."""

    async def answer(self) -> web.StreamResponse:
        job = self.enter_job()
        if not job.ended:
            raise Refusal(404, Cause.STATUS, "The batch has no results yet.")
        return await self.send_lines(self._lines(job))

    def _lines(self, job: Job) -> Iterator[bytes]:
        for number, (item, outcome) in enumerate(reversed(list(job.outcomes()))):
            line = {"custom_id": item.custom_id, "result": self._result(item, outcome, number)}
            yield json.dumps(line).encode() + b"\n"

    def _result(self, item: Item, outcome: Outcome, number: int) -> dict[str, object]:
        result: dict[str, object] = {"type": outcome.value}
        if outcome is Outcome.ERRORED and item.refusal:
            result["error"] = self.vendor.error(item.refusal, self.request_id)
        elif outcome is Outcome.SUCCEEDED and item.call:
            result["message"] = self.vendor.whole(item.call, answer_item(self.settings, item.call, number))
        return result


def _requests(body: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
    """The ids and bodies of a batch. Raises Refusal for what makes all of it invalid."""
    requests, seen = body.get("requests"), set[str]()
    if not isinstance(requests, list) or not 1 <= len(requests) <= MOST_REQUESTS:
        raise Refusal(400, Cause.BODY, f"requests: must be a list of 1 to {MOST_REQUESTS} requests")
    found = []
    for place, request in enumerate(requests):
        custom_id = request.get("custom_id") if isinstance(request, dict) else None
        if not isinstance(custom_id, str) or not _ID.fullmatch(custom_id) or custom_id in seen:
            what = "1 to 64 letters, digits, - or _, and not one of another request"
            raise Refusal(400, Cause.BODY, f"requests.{place}.custom_id: must be {what}")
        if not isinstance(request.get("params"), dict):
            raise Refusal(400, Cause.BODY, f"requests.{place}.params: must be an object")
        seen.add(custom_id)
        found.append((custom_id, request["params"]))
    return found


def shown(job: Job, request: web.Request) -> dict[str, object]:
    """A batch as the vendor shows it. Counts stay at `processing` until all of it has ended."""
    ended = job.ended
    counts = job.tally() if ended else dict.fromkeys(Outcome, 0)
    status = "ended" if ended else "in_progress" if job.cancelled is None else "canceling"
    results = f"{request.scheme}://{request.host}/anthropic/v1/messages/batches/{job.id}/results"
    return {
        "id": job.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": {
            "processing": 0 if ended else len(job.items),
            **{name.value: number for name, number in counts.items()},
        },
        "created_at": _stamp(job.created_wall),
        "expires_at": _stamp(job.created_wall + LASTS),
        "ended_at": _stamp(job.wall(job.ends)) if ended else None,
        "cancel_initiated_at": None if job.cancelled is None else _stamp(job.wall(job.cancelled)),
        "archived_at": None,
        "results_url": results if ended else None,
    }


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")

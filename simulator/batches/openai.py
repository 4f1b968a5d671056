"""OpenAI's Batch: POST and GET /batches, one by id, cancel. What it reads and writes are files (see files.py).

Source: the section "Batch" of the vendor's public API reference and its guide, and what its Python SDK reads.
"""

import json
from time import time

from aiohttp import web

from simulator.batches.exchange import BatchExchange, answer_item, examine, refuse_invalid
from simulator.batches.store import Item, Job, Outcome, StoredFile
from simulator.exchange import json_object
from simulator.vendors.base import Call, Cause, Refusal

ENDPOINT = "/v1/chat/completions"
MOST_REQUESTS = 50_000
LASTS = 86_400
_LATE = {
    Outcome.EXPIRED: ("batch_expired", "This request could not be executed before the completion window expired."),
    Outcome.CANCELED: ("batch_cancelled", "This request was not executed, as the batch was cancelled."),
}


class JobExchange(BatchExchange):
    """A request about batches, whose files are written when they are over."""

    def shown(self, job: Job) -> dict[str, object]:
        """A batch as the vendor shows it."""
        status = state(job)
        over = status in ("completed", "expired", "cancelled")
        if over:
            self._write_files(job)
        counts = job.tally() if over else dict.fromkeys(Outcome, 0)
        done = counts[Outcome.SUCCEEDED]
        return {
            "id": job.id,
            "object": "batch",
            "endpoint": ENDPOINT,
            "completion_window": "24h",
            "status": status,
            "model": job.model,
            "errors": {"object": "list", "data": job.problems} if status == "failed" else None,
            "request_counts": {
                "total": len(job.items),
                "completed": done,
                "failed": sum(counts.values()) - done,
            },
            **times(job, status),
            "output_file_id": None,
            "error_file_id": None,
            **job.about,
        }

    def _write_files(self, job: Job) -> None:
        """Write the files with its results, once; one without a line is left out."""
        if "output_file_id" not in job.about and "error_file_id" not in job.about:
            output, errors = self._lines(job)
            job.about = {**job.about, **self._store("output_file_id", output), **self._store("error_file_id", errors)}

    def _store(self, name: str, lines: list[bytes]) -> dict[str, object]:
        if not lines:
            return {}
        stored = StoredFile(self.state.batches.new_id("file-"), f"{name}.jsonl", "batch_output", b"".join(lines))
        self.shelf.files[stored.id] = stored
        return {name: stored.id}

    def _lines(self, job: Job) -> tuple[list[bytes], list[bytes]]:
        """(of those that were answered, of the others)."""
        output: list[bytes] = []
        errors: list[bytes] = []
        for number, (item, outcome) in enumerate(job.outcomes()):
            line = {"id": f"batch_req_{number:010d}", "custom_id": item.custom_id, **self._part(item, outcome, number)}
            (output if outcome is Outcome.SUCCEEDED else errors).append(json.dumps(line).encode() + b"\n")
        return output, errors

    def _part(self, item: Item, outcome: Outcome, number: int) -> dict[str, object]:
        if outcome in _LATE:
            code, message = _LATE[outcome]
            return {"response": None, "error": {"code": code, "message": message}}
        if item.refusal:
            status, body = item.refusal.status, self.vendor.error(item.refusal, self.request_id)
        else:
            assert item.call is not None
            status, body = 200, self.vendor.whole(item.call, answer_item(self.settings, item.call, number))
        response = {"status_code": status, "request_id": f"{self.request_id}-{number}", "body": body}
        return {"response": response, "error": None}


class CreateBatch(JobExchange):
    """From a file that was sent. What is wrong in the file is told later, and fails all of it."""

    async def answer(self) -> web.StreamResponse:
        self.check_key()
        self.record.body = await self.request.read()
        body = json_object(self.record.body)
        source = self.shelf.files.get(str(body.get("input_file_id")))
        if source is None:
            raise Refusal(400, Cause.BODY, "input_file_id: no such file", parameter="input_file_id")
        if body.get("endpoint") != ENDPOINT:
            raise Refusal(400, Cause.BODY, f"endpoint: the simulator knows only {ENDPOINT}", parameter="endpoint")
        if body.get("completion_window") != "24h":
            raise Refusal(400, Cause.BODY, "completion_window: must be 24h", parameter="completion_window")
        about = {"input_file_id": source.id, "metadata": _metadata(body)}
        job = Job("", "", [], 0, about=about)
        Validation(self, job).run(source.content)
        self.enter(job.model)
        return await self.send(self.shown(self._keep(job)))

    def _keep(self, job: Job) -> Job:
        job.id, job.seconds = self.state.batches.new_id("batch_"), self.settings.for_model(job.model).batch_seconds
        self.shelf.jobs[job.id] = job
        self.ledger.batches.update(created=1, requests=len(job.items))
        return job


class ListBatches(JobExchange):
    """The key's batches, the newest first."""

    async def answer(self) -> web.StreamResponse:
        self.enter()
        after = self.request.query.get("after")
        jobs, more = self.page(list(self.shelf.jobs.values()), after, self.limit(20, 100))
        ends = {"first_id": jobs[0].id if jobs else None, "last_id": jobs[-1].id if jobs else None}
        data = [self.shown(job) for job in jobs]
        return await self.send({"object": "list", "data": data, "has_more": more, **ends})


class ShowBatch(JobExchange):
    """One of them."""

    async def answer(self) -> web.StreamResponse:
        return await self.send(self.shown(self.enter_job()))


class CancelBatch(JobExchange):
    """End it early. One that is over cannot be cancelled."""

    async def answer(self) -> web.StreamResponse:
        job = self.enter_job()
        if job.ended or (job.validated and job.problems):
            raise Refusal(409, Cause.STATUS, f"Cannot cancel a batch with status '{state(job)}'.")
        self.ledger.batches["cancelled"] += job.cancel()
        return await self.send(self.shown(job))


class Validation:
    """Reads the lines of a file into requests of a job, and notes what is wrong with them."""

    def __init__(self, exchange: JobExchange, job: Job) -> None:
        self.exchange, self.job = exchange, job

    def run(self, content: bytes) -> None:
        lines = content.splitlines()
        if not lines or len(lines) > MOST_REQUESTS:
            self._problem(None, "invalid_file", f"The file must have 1 to {MOST_REQUESTS} lines.")
            return
        seen: set[str] = set()
        for number, line in enumerate(lines, 1):
            try:
                self.job.items.append(self._item(line, seen))
            except Refusal as refusal:
                self._problem(number, "invalid_request", str(refusal))

    def _item(self, line: bytes, seen: set[str]) -> Item:
        entry = json_object(line)
        custom_id, body = entry.get("custom_id"), entry.get("body")
        if not isinstance(custom_id, str) or not 1 <= len(custom_id) <= 64 or custom_id in seen:
            raise Refusal(400, Cause.BODY, "custom_id: must be a text of 1 to 64 characters, and no other line's")
        if entry.get("method") != "POST" or entry.get("url") != ENDPOINT:
            raise Refusal(400, Cause.BODY, f"method and url: must be POST and {ENDPOINT}")
        if not isinstance(body, dict):
            raise Refusal(400, Cause.BODY, "body: must be an object")
        seen.add(custom_id)
        call = self._call(body)
        return examine(self.exchange.settings, custom_id, call)

    def _call(self, body: dict[str, object]) -> Call:
        call = self.exchange.vendor.read(self.exchange.request.headers, body)
        self.job.model = self.job.model or call.model
        if call.model != self.job.model:
            raise Refusal(400, Cause.BODY, "model: all requests of a batch must be for the same model")
        refuse_invalid(self.exchange.settings, call)
        return call

    def _problem(self, line: int | None, code: str, message: str) -> None:
        self.job.problems.append({"code": code, "line": line, "message": message, "param": None})


def state(job: Job) -> str:
    """The vendor's word for where a batch is."""
    if not job.validated:
        return "validating"
    if job.problems:
        return "failed"
    if job.cancelled is not None:
        return "cancelled" if job.ended else "cancelling"
    if not job.ended:
        return "in_progress"
    return "expired" if job.tally()[Outcome.EXPIRED] else "completed"


def times(job: Job, status: str) -> dict[str, object]:
    """When it entered the states that it has been in, in Unix seconds."""
    over = ("completed", "failed", "expired", "cancelled")
    found: dict[str, object] = {f"{name}_at": None for name in (*over, "cancelling", "finalizing", "in_progress")}
    found |= {"created_at": int(job.created_wall), "expires_at": int(job.created_wall) + LASTS}
    if status in over:
        found[f"{status}_at"] = int(min(job.wall(job.ends), time()))
    if status not in ("validating", "failed"):
        found["in_progress_at"] = int(job.created_wall + job.validation)
    if job.cancelled is not None:
        found["cancelling_at"] = int(job.wall(job.cancelled))
    return found


def _metadata(body: dict[str, object]) -> dict[str, str] | None:
    found = body.get("metadata")
    if found is None:
        return None
    texts = dict(found) if isinstance(found, dict) else {}
    fits = all(len(name) <= 64 and isinstance(text, str) and len(text) <= 512 for name, text in texts.items())
    if not isinstance(found, dict) or len(found) > 16 or not fits:
        raise Refusal(400, Cause.BODY, "metadata: must be at most 16 texts of 512 characters", parameter="metadata")
    return texts

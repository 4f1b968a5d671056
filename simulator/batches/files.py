"""OpenAI's Files, as far as batches need them: send, look at, read, delete."""

import json

from aiohttp import BodyPartReader, web

from simulator.batches.exchange import BatchExchange
from simulator.batches.store import StoredFile
from simulator.vendors.base import Cause, Refusal

MOST_BYTES = 200 * 2**20


class SendFile(BatchExchange):
    """A form with `purpose` (batch) and `file`."""

    async def answer(self) -> web.StreamResponse:
        self.check_key()
        if not self.request.content_type.startswith("multipart/"):
            raise Refusal(400, Cause.BODY, "The body must be a form: multipart/form-data.")
        purpose, name, content = await self._form()
        self.enter()
        if purpose != "batch":
            raise Refusal(400, Cause.BODY, "purpose: the simulator knows only batch", parameter="purpose")
        if content is None:
            raise Refusal(400, Cause.BODY, "file: Field required", parameter="file")
        self.record.body = json.dumps({"purpose": purpose, "filename": name, "bytes": len(content)}).encode()
        stored = StoredFile(self.state.batches.new_id("file-"), name, purpose, content)
        self.shelf.files[stored.id] = stored
        return await self.send(about(stored))

    async def _form(self) -> tuple[str, str, bytes | None]:
        """(purpose, name of the file, its content)."""
        purpose, name, content = "", "", None
        async for part in await self.request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "file":
                name, content = part.filename or "file", await _content(part)
            elif part.name == "purpose":
                purpose = await part.text()
        return purpose, name, content


class FileExchange(BatchExchange):
    """A request about a file of this key."""

    def file(self) -> StoredFile:
        self.enter()
        file_id = self.request.match_info["id"]
        if (found := self.shelf.files.get(file_id)) is None:
            raise Refusal(404, Cause.STATUS, f"No such File object: {file_id}", parameter="id")
        return found


class ShowFile(FileExchange):
    """Its name and size."""

    async def answer(self) -> web.StreamResponse:
        return await self.send(about(self.file()))


class ReadFile(FileExchange):
    """Its content, line by line."""

    async def answer(self) -> web.StreamResponse:
        return await self.send_lines(self.file().content.splitlines(keepends=True))


class DeleteFile(FileExchange):
    """Forget it."""

    async def answer(self) -> web.StreamResponse:
        file = self.file()
        del self.shelf.files[file.id]
        return await self.send({"id": file.id, "object": "file", "deleted": True})


async def _content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(2**20):
        content += chunk
        if len(content) > MOST_BYTES:
            raise Refusal(413, Cause.BODY, f"file: a batch takes at most {MOST_BYTES} bytes.")
    return bytes(content)


def about(stored: StoredFile) -> dict[str, object]:
    """A file as the vendor shows it."""
    return {
        "id": stored.id,
        "object": "file",
        "bytes": len(stored.content),
        "created_at": int(stored.created),
        "filename": stored.name,
        "purpose": stored.purpose,
        "status": "processed",
        "expires_at": None,
    }

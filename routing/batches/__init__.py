"""Work that nobody waits for: through the vendors' batch interfaces, or a few requests in one, after people's.

    await submit([BatchWork("memory.extraction", f"conversation-{id}-{n}", request, model_id)])

    @on_result("memory.extraction")
    async def take(result: BatchResult) -> None: ...

Items are rows; `run_batches` moves them. See docs/architecture.md, "Work that nobody waits for".
"""

from routing.batches.handlers import on_result
from routing.batches.running import run_batches
from routing.batches.work import BatchResult, BatchWork, enqueue, submit, withdraw

__all__ = ["BatchResult", "BatchWork", "enqueue", "on_result", "run_batches", "submit", "withdraw"]

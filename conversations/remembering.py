"""Memory, routing and conversations meet here.

Extraction asks a model through the work that nobody waits for; a contact's export holds the conversations; erasing
what is remembered reaches turns that wait with memories in their plan.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, JSONField, TextField, Value

from conversations.models import Message, Turn
from memory.remember import erased, forgotten, take_reply
from memory.remember.asking import PURPOSE
from memory.remember.asking import register_model as register_with_memory
from memory.remember.exporting import register_exporter
from routing.batches import BatchResult, BatchWork, enqueue, on_result
from routing.models import BatchItem
from routing.providers import ChatMessage, ChatRequest
from routing.ready import RoutedModel, recently_ready

PATH: "ArrayField[Any, Any]" = ArrayField(TextField())
WITHIN = 6 * 3600.0  # seconds: our own patterns have read it at once, so a vendor's batch at half the price will do
MOST_OUTPUT = 4000  # tokens


def register() -> None:
    """Say how memory's extraction asks a model, who takes the replies, what is exported and what is erased."""
    register_with_memory(ask, withdraw)
    on_result(PURPOSE)(take)
    register_exporter("said", said)
    erased.connect(forget_plans, dispatch_uid="conversations.remembering")
    forgotten.connect(forget_plans, dispatch_uid="conversations.remembering")


def ask(
    purpose: str, key: str, system: str, user: str, schema: Mapping[str, Any], *, together: str, site_id: int
) -> bool:
    """Enqueue a question of memory's (`memory.remember.asking.Ask`). False when no model is ready for the site."""
    found = recently_ready()
    model = cheapest(found.models, found.chosen(site_id))
    if model is None:
        return False
    request = ChatRequest(
        model=model.name,
        system=system,
        messages=(ChatMessage("user", user),),
        max_output_tokens=min(MOST_OUTPUT, model.max_output_tokens),
    )
    enqueue([BatchWork(purpose, key, request, model.id, WITHIN, schema, together)])
    return True


async def take(result: BatchResult) -> None:
    """Hand a reply to memory. One that failed for good is left: the patterns' memories stand."""
    if not result.error:
        await take_reply(result.key, result.data)


def withdraw(purpose: str, beginning: str) -> int:
    """Forget requests and results whose keys begin so, sent or not. Joins the caller's transaction."""
    return BatchItem.objects.filter(purpose=purpose, key__startswith=beginning).delete()[0]


def cheapest(models: "tuple[RoutedModel, ...]", chosen: int | None) -> RoutedModel | None:
    """The model of known price that costs least; without prices the one chosen for the site, else the first."""
    priced = [(cost, place, each) for place, each in enumerate(models) if (cost := each.cost(1000, 0, 200)) is not None]
    if priced:
        return min(priced)[2]
    return next((each for each in models if each.id == chosen), next(iter(models), None))


def said(contact_id: UUID) -> list[dict[str, Any]]:
    """For the export: every message of the contact's conversations, in order."""
    rows = Message.objects.filter(conversation__contact_id=contact_id).order_by("conversation_id", "id")
    return [
        {"conversation": str(conversation), "by": role, "text": text, "at": at.isoformat()}
        for conversation, role, text, at in rows.values_list("conversation_id", "role", "text", "created_at")
    ]


def forget_plans(contact_id: UUID, **_: object) -> None:
    """Turns that wait for a model go on without the memories that were recalled for them."""
    path, nothing = Value(["memories"], output_field=PATH), Value("", output_field=JSONField())
    empty = Func(F("plan"), path, nothing, function="jsonb_set", output_field=JSONField())
    Turn.objects.filter(conversation__contact_id=contact_id, plan__has_key="memories").update(plan=empty)

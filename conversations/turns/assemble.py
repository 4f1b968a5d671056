"""Assemble: system prompt, passages and recent messages, within the model's budget. Provider-neutral."""

from collections.abc import Sequence

from conversations.models import Role
from conversations.turns.claim import ClaimedTurn
from memory.knowledge.prompt import knowledge_section
from memory.knowledge.search import PassageHit
from routing.providers import ChatMessage, ChatRequest
from routing.ready import RoutedModel

CHARACTERS_PER_TOKEN = 3.0  # English runs at about four; cautious, as other languages need more


def assemble(
    turn: ClaimedTurn,
    model: RoutedModel,
    history: Sequence[tuple[str, str]],
    hits: Sequence[PassageHit],
    more: str = "",
    memories: str = "",
) -> ChatRequest:
    """The request for one model: older messages are left out first, the question never.

    `more` is what a rule adds; `memories` is what is remembered of the contact, as a section of the prompt.
    """
    system = instructions(turn, hits, more, memories)
    room = int((model.context_window - model.max_output_tokens) * CHARACTERS_PER_TOKEN) - len(system) - len(turn.text)
    return ChatRequest(
        model=model.name,
        system=system,
        messages=tuple(_alternating([*_newest(history, room), (Role.CONTACT.value, turn.text)])),
        max_output_tokens=model.max_output_tokens,
        temperature=model.temperature,
    )


def instructions(turn: ClaimedTurn, hits: Sequence[PassageHit], more: str = "", memories: str = "") -> str:
    """The system prompt: first the site's words and the rule's, which providers can cache, then what was found."""
    prompt = turn.system_prompt.replace("{site}", turn.site_name)
    return "\n\n".join(filter(None, [prompt, more.strip(), memories, knowledge_section(hits)]))


def _newest(history: Sequence[tuple[str, str]], room: int) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    for role, text in reversed(history):
        room -= len(text)
        if room < 0:
            break
        kept.append((role, text))
    return kept[::-1]


def _alternating(said: Sequence[tuple[str, str]]) -> list[ChatMessage]:
    """Vendors want the user first and the roles in turn: neighbours of one role become one message."""
    messages: list[ChatMessage] = []
    for role, text in said:
        speaker = "user" if role == Role.CONTACT else "assistant"
        if messages and messages[-1].role == speaker:
            messages[-1] = ChatMessage(messages[-1].role, f"{messages[-1].content}\n\n{text}")
        elif messages or speaker == "user":
            messages.append(ChatMessage("user" if speaker == "user" else "assistant", text))
    return messages

"""Assemble: what a model is sent, within its budget. Provider-neutral.

What stays the same comes first, so that vendors can read it from their caches: the site's words and the rule's, then
the conversation. What changes with every question stands beside it, in the last message: memories and passages.
"""

from collections.abc import Sequence

from conversations.models import Role
from conversations.turns.claim import ClaimedTurn
from memory.knowledge.prompt import knowledge_section
from memory.knowledge.search import PassageHit
from routing.providers import ChatMessage, ChatRequest
from routing.ready import RoutedModel

CHARACTERS_PER_TOKEN = 3.0  # English runs at about four; cautious, as other languages need more
WORTH_KEEPING = 4096  # characters, about 1,024 tokens: vendors keep no shorter beginnings
QUESTION = "The person's message:"


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
    system, question = instructions(turn, more), asked(turn.text, hits, memories)
    room = int((model.context_window - model.max_output_tokens) * CHARACTERS_PER_TOKEN) - len(system) - len(question)
    earlier = _newest(history, room)
    return ChatRequest(
        model=model.name,
        system=system,
        messages=tuple(_alternating([*earlier, (Role.CONTACT.value, question)])),
        max_output_tokens=model.max_output_tokens,
        temperature=model.temperature,
        cache_prefix=len(system) + sum(len(text) for _, text in earlier) >= WORTH_KEEPING,
    )


def instructions(turn: ClaimedTurn, more: str = "") -> str:
    """The system prompt: the site's words, then the rule's."""
    prompt = turn.system_prompt.replace("{site}", turn.site_name)
    return "\n\n".join(filter(None, [prompt, more.strip()]))


def asked(text: str, hits: Sequence[PassageHit], memories: str = "") -> str:
    """The question, after what may help to answer it."""
    helpful = [section for section in (memories, knowledge_section(hits)) if section]
    return "\n\n".join([*helpful, f"{QUESTION}\n\n{text}"]) if helpful else text


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

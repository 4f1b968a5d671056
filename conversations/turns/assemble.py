"""Assemble: what a model is sent, within its budget. Provider-neutral.

What stays the same comes first, so that vendors can read it from their caches: the site's words and facts and the
rule's words, then the conversation: its summary, which changes in steps of some messages, and what was said since. What
changes with every question stands beside it, in the last message: memories and passages.
"""

from collections.abc import Sequence
from datetime import UTC

from conversations.models import Role
from conversations.summaries.prompt import summary_section
from conversations.turns.claim import ClaimedTurn
from conversations.turns.counting import MESSAGE
from memory.knowledge.prompt import knowledge_section
from memory.knowledge.search import PassageHit
from parley.tokens import tokens
from routing.providers import ChatMessage, ChatRequest
from routing.ready import RoutedModel

MARGIN = 0.9  # of a model's window that is used: an estimate may be some percent short
WORTH_KEEPING = 1024  # tokens: vendors keep no shorter beginnings
MOST_PAGES = 3  # origins of the site that are named
QUESTION = "The person's message:"


def assemble(
    turn: ClaimedTurn,
    model: RoutedModel,
    history: Sequence[tuple[str, str]],
    hits: Sequence[PassageHit],
    more: str = "",
    memories: str = "",
    factor: float = 1.0,
) -> ChatRequest:
    """The request for one model: the oldest messages are left out first; the summary and the question never.

    `more` is what a rule adds; `memories` is what is remembered of the contact, as a section of the prompt; `factor`
    is what the model counts for each token estimated.
    """
    system, question = instructions(turn, more), asked(turn.text, hits, memories)
    summary = summary_section(turn.conversation, turn.summary_through, turn.summary)
    room = (model.context_window - model.max_output_tokens) * MARGIN / factor
    earlier = [(Role.CONTACT.value, summary)] if summary else []
    earlier += _newest(history, room - sum(map(tokens, (system, summary, question))))
    return ChatRequest(
        model=model.name,
        system=system,
        messages=tuple(_alternating([*earlier, (Role.CONTACT.value, question)])),
        max_output_tokens=model.max_output_tokens,
        temperature=model.temperature,
        cache_prefix=tokens(system) + sum(tokens(text) for _, text in earlier) >= WORTH_KEEPING,
    )


def instructions(turn: ClaimedTurn, more: str = "") -> str:
    """The system prompt: the site's words and facts, then the rule's words."""
    prompt = turn.system_prompt.replace("{site}", turn.site_name)
    return "\n\n".join(filter(None, [prompt, site_facts(turn), more.strip()]))


def site_facts(turn: ClaimedTurn) -> str:
    """Who is spoken for, where, and the day on which the question was asked: "are you open today" needs one."""
    pages = [origin for origin in turn.allowed_origins.split() if "*" not in origin][:MOST_PAGES]
    whose = f"The site: {turn.site_name}" + (f" ({', '.join(pages)})" if pages else "")
    return f"{whose}. Today is {turn.said_at.astimezone(UTC):%A, %Y-%m-%d} (UTC)."


def asked(text: str, hits: Sequence[PassageHit], memories: str = "") -> str:
    """The question, after what may help to answer it."""
    helpful = [section for section in (memories, knowledge_section(hits)) if section]
    return "\n\n".join([*helpful, f"{QUESTION}\n\n{text}"]) if helpful else text


def _newest(history: Sequence[tuple[str, str]], room: float) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    for role, text in reversed(history):
        room -= tokens(text) + MESSAGE
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

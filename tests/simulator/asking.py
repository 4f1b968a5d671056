"""The same question put to either vendor through its SDK."""

from typing import Any

from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

KEY = "sk-a-key-that-must-never-be-shown"
CLAUDE, GPT = "claude-haiku-4-5", "gpt-4o-mini"


def question(text: str = "Where is my parcel?") -> list[Any]:
    return [{"role": "user", "content": text}]


async def ask_claude(client: AsyncAnthropic, text: str = "Where is my parcel?", **more: Any) -> Any:
    return await client.messages.create(**{"model": CLAUDE, "max_tokens": 500, "messages": question(text), **more})


async def ask_gpt(client: AsyncOpenAI, text: str = "Where is my parcel?", **more: Any) -> Any:
    return await client.chat.completions.create(**{"model": GPT, "messages": question(text), **more})


async def stream_claude(client: AsyncAnthropic, **more: Any) -> list[Any]:
    """All events of a streamed answer."""
    return [event async for event in await ask_claude(client, stream=True, **more)]


async def stream_gpt(client: AsyncOpenAI, **more: Any) -> list[Any]:
    """All chunks of a streamed answer, usage asked for."""
    options = {"stream": True, "stream_options": {"include_usage": True}}
    return [chunk async for chunk in await ask_gpt(client, **{**options, **more})]


def claude_text(events: list[Any]) -> str:
    return "".join(event.delta.text for event in events if event.type == "content_block_delta")


def gpt_text(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)

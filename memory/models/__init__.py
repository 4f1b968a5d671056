"""What the bot knows: a site's articles, and what is remembered of contacts."""

from memory.models.article import BODY_LIMIT, DIMENSIONS, INDEX_FIELDS, Article, ArticleQuerySet, IndexState, Passage
from memory.models.filling import StoreFilling
from memory.models.remembered import (
    ConversationCursor,
    Ignored,
    Kind,
    MemoryPolicy,
    MemoryPreference,
    RememberedMessage,
    UserMemory,
)

__all__ = [
    "BODY_LIMIT",
    "DIMENSIONS",
    "INDEX_FIELDS",
    "Article",
    "ArticleQuerySet",
    "ConversationCursor",
    "Ignored",
    "IndexState",
    "Kind",
    "MemoryPolicy",
    "MemoryPreference",
    "Passage",
    "RememberedMessage",
    "StoreFilling",
    "UserMemory",
]

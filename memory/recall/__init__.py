"""What is remembered of a contact and fits a question: words, meaning, recency, importance, use.

    recalled = await recall(contact_id, question, vector, site_id=site_id)
    section = prompt_section(recalled)

`vector` is the question's, by the embedder in use; without one, words decide.
"""

from memory.recall.found import Recalled, RecalledMemory, RecalledMessage
from memory.recall.messages import remember_messages
from memory.recall.prompt import prompt_section
from memory.recall.search import recall
from memory.recall.use import mark_recalled, mark_useful

__all__ = [
    "Recalled",
    "RecalledMemory",
    "RecalledMessage",
    "mark_recalled",
    "mark_useful",
    "prompt_section",
    "recall",
    "remember_messages",
]

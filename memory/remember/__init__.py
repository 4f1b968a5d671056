"""What is remembered of a contact, and who has a say in it.

    await note_turn(contact_id, conversation, [(message_id, by_contact, text, said_at), …])   # after each answer
    await extract_due()                      # chores of the leader
    await fade()

`memory.remember.rights` holds what contacts and staff may do. Without a registered model our own patterns extract.
"""

from memory.remember.asking import register_model
from memory.remember.copies import forgotten
from memory.remember.erasing import erase, erased
from memory.remember.extracting import extract_due, take_reply
from memory.remember.fading import fade
from memory.remember.noting import note_turn
from memory.remember.policies import policy_for

__all__ = [
    "erase",
    "erased",
    "extract_due",
    "fade",
    "forgotten",
    "note_turn",
    "policy_for",
    "register_model",
    "take_reply",
]

"""What was said before the recent messages of a conversation, in a few sentences."""

from django.db import models
from django.db.models.functions import Now

from conversations.models.conversation import Conversation


class ConversationSummary(models.Model):
    """The newest summary of a conversation; each one extends the one before, which it replaces.

    It stands for all messages up to `through_message`, so a model is sent what was said from the next one on. It is
    deleted when something in it is to be forgotten, and made anew without that.
    """

    conversation = models.OneToOneField(
        Conversation, primary_key=True, on_delete=models.CASCADE, related_name="summary"
    )
    through_message = models.BigIntegerField(help_text="The number of the last message that it covers.")
    text = models.TextField()
    model_name = models.CharField(max_length=200, help_text="Which model wrote it.")
    at = models.DateTimeField(db_default=Now(), help_text="When it was written.")

    class Meta:
        verbose_name_plural = "conversation summaries"

    def __str__(self) -> str:
        return self.text[:80]

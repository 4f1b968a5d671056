"""A thread between one contact and the bot or an agent, and the things said in it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from people.models import Contact, Site


class Handler(models.TextChoices):
    """Who answers."""

    BOT = "bot", "Bot"
    AGENT = "agent", "Agent"


class Role(models.TextChoices):
    """Who said it."""

    CONTACT = "contact", "Contact"
    BOT = "bot", "Bot"
    AGENT = "agent", "Agent"


class Outcome(models.TextChoices):
    """How a conversation ended: what the contact said, else what the end looks like (conversations/completion)."""

    CONFIRMED = "confirmed", "Solved, as the contact said"
    ASSUMED = "assumed", "Taken as solved: silence after an answer"
    UNSOLVED = "unsolved", "Not solved, as the contact said"
    ESCALATED = "escalated", "Handed to a person"
    ABANDONED = "abandoned", "Left without an answer"


class Conversation(models.Model):
    """The id is chosen before the first message is stored, so that a client can name it from the start."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="conversations")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations")
    handler = models.CharField(max_length=10, choices=Handler.choices, db_default=Handler.BOT)
    # None: the contact has not said; True: "that solved it"; False: "it did not".
    solved = models.BooleanField(null=True)
    title = models.CharField(max_length=120, db_default="", help_text="The beginning of the first message.")
    # Set when an event could not be appended to its log; the log is then dropped, and clients get a snapshot.
    log_broken_at = models.DateTimeField(null=True, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, db_default="", editable=False)
    judged_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was quiet for so long that it was taken as ended."
    )
    created_at = models.DateTimeField(db_default=Now())
    last_message_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-last_message_at"]
        indexes = [
            models.Index(fields=["contact", "-last_message_at"], name="conversation_of_contact"),
            models.Index(fields=["site", "-last_message_at"], name="conversation_of_site"),
            models.Index(fields=["-last_message_at"], name="conversation_newest"),
            models.Index(
                fields=["last_message_at"], name="conversation_not_judged", condition=models.Q(judged_at__isnull=True)
            ),
            models.Index(
                fields=["id"], name="conversation_log_broken", condition=models.Q(log_broken_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"Conversation {str(self.id)[:8]}"


class Message(models.Model):
    """One thing said. A bot's answer names its turn, once; a contact's message names the client's id for it, once."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    role = models.CharField(max_length=10, choices=Role.choices)
    text = models.TextField()
    client_id = models.UUIDField(null=True, help_text="The client's own id: sending it again changes nothing.")
    turn = models.OneToOneField("conversations.Turn", null=True, on_delete=models.CASCADE, related_name="answer")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    stopped = models.BooleanField(db_default=False, help_text="The visitor stopped this answer: it is a part of one.")
    superseded_at = models.DateTimeField(null=True, help_text="When the question was asked again; kept, not shown.")
    forgotten_at = models.DateTimeField(
        null=True, help_text="When what it says was to be forgotten; kept, not told to a model any more."
    )
    sources = models.JSONField(db_default=[], help_text="Articles that the answer draws on: title and url.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["conversation", "id"], name="message_in_order")]
        constraints = [models.UniqueConstraint(fields=["conversation", "client_id"], name="message_sent_once")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.text[:60]}"

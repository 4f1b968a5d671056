"""What is remembered of a contact. Every table carries the contact, and row-level security shows only one's own rows.

The policies (migration 0003) read two settings of the transaction: `parley.contact`, the contact whose rows may be seen
and written, and `parley.staff`, which code of the admin and of chores sets to `on`. Without either there are no rows.
`memory.scope` sets them; nothing else should.
"""

from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from pgvector.django import HalfVectorField

from people.models import Contact, Site

TEXT_LIMIT = 500  # characters of one memory


class Kind(models.TextChoices):
    """What sort of thing is remembered."""

    FACT = "fact", "Fact"
    PREFERENCE = "preference", "Preference"
    EVENT = "event", "Event"
    PLAN = "plan", "Plan"


class UserMemory(models.Model):
    """One remembered thing of one contact, in a sentence of its own, with absolute dates.

    `source_message` numbers the message in conversations that it was said in. A memory that another superseded stays,
    dated; it is not recalled. `searchable` and `embedding` are of `text`; the embedding is null until it is computed.
    The table has one more column, `sketch`, which only recall reads, out of an index (migration 0009).
    """

    class Origin(models.TextChoices):
        """Who wrote it."""

        MODEL = "model", "A model"
        PATTERNS = "patterns", "Our own patterns"
        CONTACT = "contact", "The contact"
        STAFF = "staff", "A person of the staff"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="memories", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.FACT)
    subject = models.CharField(max_length=100, blank=True, help_text="What it is about, in a word or two.")
    text = models.CharField(max_length=TEXT_LIMIT)
    said_at = models.DateTimeField(db_default=Now())
    holds_from = models.DateTimeField(null=True, blank=True, help_text="Empty: since it was said.")
    holds_until = models.DateTimeField(null=True, blank=True, help_text="Empty: for good.")
    confidence = models.FloatField(default=1.0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    importance = models.FloatField(default=0.5, validators=[MinValueValidator(0), MaxValueValidator(1)])
    source_message = models.BigIntegerField(null=True, editable=False)
    source_conversation = models.UUIDField(null=True, editable=False)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.STAFF, editable=False)
    recalled = models.PositiveIntegerField(db_default=0, editable=False)
    useful = models.PositiveIntegerField(db_default=0, editable=False)
    recalled_at = models.DateTimeField(null=True, editable=False)
    superseded_at = models.DateTimeField(null=True, editable=False)
    superseded_by = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.SET_NULL, related_name="supersedes"
    )
    embedding = HalfVectorField(null=True, editable=False)
    embedder = models.CharField(max_length=100, blank=True, editable=False)
    searchable = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = "memory"
        verbose_name_plural = "memories"
        indexes = [
            models.Index(fields=["contact", "id"], name="memory_of_contact"),
            models.Index(fields=["embedder", "id"], name="memory_waits_for", condition=Q(superseded_at=None)),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class RememberedMessage(models.Model):
    """Memory's own searchable copy of a message of a conversation (DESIGN, layout: memory does not know conversations).

    `searchable` holds the message's words with weight A, those of its neighbours with B, two away with C (FACTS:
    windowed BM25). `by_contact`: the contact said it; otherwise the bot or an agent did.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.UUIDField()
    message = models.BigIntegerField(unique=True)
    by_contact = models.BooleanField()
    text = models.TextField()
    said_at = models.DateTimeField()
    embedding = HalfVectorField(null=True)
    embedder = models.CharField(max_length=100, blank=True)
    searchable = SearchVectorField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["contact", "message"], name="remembered_of_contact"),
            models.Index(fields=["conversation", "message"], name="remembered_in_order"),
            models.Index(fields=["embedder", "id"], name="remembered_of_embedder"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Ignored(models.Model):
    """What was said and not remembered, and why; it is deleted after some weeks. Secrets are not kept here either."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    text = models.CharField(max_length=TEXT_LIMIT)
    reason = models.CharField(max_length=100)
    source_message = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = "ignored remark"
        verbose_name_plural = "ignored remarks"
        indexes = [models.Index(fields=["contact", "id"], name="ignored_of_contact")]

    def __str__(self) -> str:
        return f"{self.reason}: {self.text[:60]}"


class MemoryPreference(models.Model):
    """Whether a contact wants to be remembered; no row: as the policy says."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="+")
    enabled = models.BooleanField()
    changed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.contact_id}: {'on' if self.enabled else 'off'}"


class ConversationCursor(models.Model):
    """How far a conversation has been extracted. `due_at` is null when there is nothing new in it."""

    conversation = models.UUIDField(primary_key=True)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    extracted_until = models.BigIntegerField(default=0, help_text="The newest message that was looked at.")
    due_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="cursor_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return str(self.conversation)


class MemoryPolicy(models.Model):
    """What is remembered, how much of it goes into a prompt, and for how long it is kept; the row with site empty
    holds for sites that have none of their own.
    """

    site = models.OneToOneField(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all other sites."
    )
    enabled = models.BooleanField(default=True, help_text="Off: nothing is recalled and nothing new is remembered.")
    anonymous = models.BooleanField(
        default=True, help_text="Also remember contacts who have not identified themselves."
    )
    use_model = models.BooleanField(
        default=True, help_text="Extract with a model where one is configured. Off: only by our own patterns."
    )
    most_memories = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(0), MaxValueValidator(50)], help_text="In one prompt."
    )
    most_tokens = models.PositiveIntegerField(
        default=500, validators=[MinValueValidator(0), MaxValueValidator(8000)], help_text="Of memories in one prompt."
    )
    idle_seconds = models.PositiveIntegerField(
        default=60, help_text="A conversation is looked at when nothing was said in it for so long."
    )
    keep_facts_days = models.PositiveIntegerField(null=True, blank=True, default=730, help_text="Empty: for good.")
    keep_preferences_days = models.PositiveIntegerField(
        null=True, blank=True, default=730, help_text="Empty: for good."
    )
    keep_events_days = models.PositiveIntegerField(null=True, blank=True, default=365, help_text="Empty: for good.")
    keep_plans_days = models.PositiveIntegerField(null=True, blank=True, default=180, help_text="Empty: for good.")
    keep_messages_days = models.PositiveIntegerField(
        null=True, blank=True, default=365, help_text="Copies of messages that can be recalled. Empty: for good."
    )

    class Meta:
        verbose_name_plural = "memory policies"
        constraints = [
            models.UniqueConstraint(
                fields=["site"],
                nulls_distinct=False,
                name="memory_policy_once_for_each_site",
                violation_error_message="There is a policy for this already. Change that one.",
            )
        ]

    def __str__(self) -> str:
        return f"Memory policy of {self.site or 'all other sites'}"

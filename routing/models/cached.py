"""Cached answers: approved answers, the questions that ask for them, and what became of each match."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from pgvector.django import HalfVectorField

from people.models import AudienceTier, Site

DIMENSIONS = 384


class CachedAnswer(models.Model):
    """An approved answer. Only approved ones within their time are served.

    `article_id` and `article_digest` name the article (memory) that it was drawn from, and that one's text then.
    `offset` is its own correction of the gate's log-odds, learned from verdicts.
    """

    class State(models.TextChoices):
        """Whether it is served."""

        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Approved"
        REVIEW = "review", "To be reviewed"
        OFF = "off", "Switched off"

    class Origin(models.TextChoices):
        """Where it came from."""

        PERSON = "person", "Written here"
        SUGGESTION = "suggestion", "Suggested"
        IMPORT = "import", "Imported"

    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all sites."
    )
    text = models.TextField("answer", max_length=20_000, help_text="Markdown, as the visitor reads it.")
    sources = models.JSONField(default=list, blank=True, help_text="Links below the answer: title and url.")
    language = models.CharField(
        max_length=10, blank=True, help_text="Only for questions in this language, like en or de. Empty: any."
    )
    audiences = models.ManyToManyField(
        AudienceTier, blank=True, related_name="cached_answers", help_text="None chosen: everybody."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.PERSON, editable=False)
    valid_from = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Empty: for good.")
    lifetime_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="So long after its approval it must be reviewed again. Empty: never.",
    )
    article_id = models.BigIntegerField(null=True, blank=True, editable=False)
    article_digest = models.CharField(max_length=64, blank=True, editable=False)
    review_reason = models.CharField(max_length=300, blank=True, editable=False)
    offset = models.FloatField(default=0.0, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["article_id"], name="cached_of_article", condition=Q(article_id__isnull=False))]

    def __str__(self) -> str:
        return self.text[:80]


class CachedQuestion(models.Model):
    """One way to ask for an answer. `vector` is L2-normalised, by the embedder of that name; null until computed."""

    class Origin(models.TextChoices):
        """Where it came from."""

        PERSON = "person", "Written here"
        CONFIRMED = "confirmed", "Asked and confirmed"
        IMPORT = "import", "Imported"

    answer = models.ForeignKey(CachedAnswer, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField("question", max_length=1000)
    normalised = models.CharField(max_length=1000, editable=False, db_index=True)
    vector = HalfVectorField(dimensions=DIMENSIONS, null=True, editable=False)
    embedder = models.CharField(max_length=100, blank=True, editable=False)
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.PERSON, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["answer", "normalised"], name="question_once_for_each_answer")]

    def __str__(self) -> str:
        return self.text


class CacheMatch(models.Model):
    """A question that an answer was served for, or nearly: what the thresholds are learned from.

    `turn_id` and `message_id` number the turn and its answer in conversations. `confidence` is the gate's p.
    """

    class Verdict(models.TextChoices):
        """Whether the answer was what was asked for."""

        RIGHT = "right", "Right"
        WRONG = "wrong", "Wrong"

    class Judge(models.TextChoices):
        """Who said so; a person's word is kept over a visitor's, a visitor's over a model's."""

        PERSON = "person", "A person"
        VISITOR = "visitor", "The visitor"
        MODEL = "model", "A model"

    answer = models.ForeignKey(CachedAnswer, on_delete=models.CASCADE, related_name="matches")
    nearest = models.ForeignKey(CachedQuestion, null=True, on_delete=models.SET_NULL, related_name="+")
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    turn_id = models.BigIntegerField(null=True, unique=True)
    message_id = models.BigIntegerField(null=True, db_index=True)
    question = models.CharField(max_length=1000)
    vector = HalfVectorField(dimensions=DIMENSIONS, null=True)
    embedder = models.CharField(max_length=100, blank=True)
    exact = models.BooleanField(default=False)
    served = models.BooleanField()
    confidence = models.FloatField(default=0.0)
    features = models.JSONField(default=dict)
    refused_by = models.CharField(max_length=200, blank=True, help_text="The check that kept it from being served.")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    judge = models.CharField(max_length=10, choices=Judge.choices, blank=True)
    reason = models.TextField(blank=True)
    judged_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = "match of a cached answer"
        verbose_name_plural = "matches of cached answers"
        indexes = [
            models.Index(fields=["-created_at"], name="match_newest"),
            models.Index(fields=["-id"], name="match_judged", condition=~Q(verdict="")),
        ]

    def __str__(self) -> str:
        return self.question[:80]


class CacheGate(models.Model):
    """What was learned from verdicts: the gate's weights. At most one is live; without one the safe default decides."""

    embedder = models.CharField(max_length=100)
    weights = models.JSONField()
    report = models.JSONField(default=dict)
    live = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["live"], condition=Q(live=True), name="one_gate_is_live")]

    def __str__(self) -> str:
        return f"Gate {self.pk}"


class CachePolicy(models.Model):
    """How cached answers are served; the one row (id 1) holds for all sites."""

    enabled = models.BooleanField(default=True, help_text="Off: every question goes to a model.")
    semantic = models.BooleanField(default=True, help_text="Off: only questions that are the same word for word.")
    error_bound = models.FloatField(
        default=0.02,
        validators=[MinValueValidator(0.001), MaxValueValidator(0.2)],
        help_text="So large a share of the cached answers given may be wrong: 0.02 is 2 in 100.",
    )
    verify_share = models.FloatField(
        default=0.05,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="So large a share of the hits is checked afterwards by a model, where one is configured.",
    )
    approve_alone = models.BooleanField(
        default=False, help_text="Approve suggestions without a person, under the conditions below."
    )
    approve_count = models.PositiveIntegerField(
        default=20, validators=[MinValueValidator(3)], help_text="Asked so often in the last weeks, and…"
    )
    approve_consistency = models.FloatField(
        default=0.9,
        validators=[MinValueValidator(0.5), MaxValueValidator(1)],
        help_text="…answered alike so often: 0.9 is nine times in ten, and never rated down.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "cache policy"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_cache_policy")]

    def __str__(self) -> str:
        return "Cache policy"


class AnswerSuggestion(models.Model):
    """A frequent question of the last weeks with the answer that was given most consistently. Nothing serves it."""

    class State(models.TextChoices):
        """What was decided."""

        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    question = models.CharField(max_length=1000, help_text="The one nearest to the middle.")
    questions = models.JSONField(default=list, help_text="[[text, times asked], …], most frequent first.")
    answer = models.TextField(help_text="The answer given most consistently.")
    sources = models.JSONField(default=list)
    article_id = models.BigIntegerField(null=True)
    count = models.PositiveIntegerField(help_text="Times asked.")
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="Dollars spent on its answers.")
    consistency = models.FloatField(default=0.0, help_text="Share of its answers that say the same.")
    vector = HalfVectorField(dimensions=DIMENSIONS, null=True)
    embedder = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    cached = models.ForeignKey(CachedAnswer, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-count", "id"]

    def __str__(self) -> str:
        return self.question[:80]

"""Sites (brands) and the contacts who write to them."""

import secrets
import uuid
from collections.abc import Iterator

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from people.origins import broken_origins

DEFAULT_GREETING = "Hello! Ask me anything, and I will look for the answer."
DEFAULT_SYSTEM_PROMPT = (
    "You are the support assistant of {site}. Answer from the help articles that you are given, briefly and in the "
    "language of the question. When they do not hold the answer, say that you do not know and offer to pass the "
    "conversation to a person. Never invent prices, dates or promises."
)


def new_identity_secret() -> str:
    """A secret that a host site signs its visitors' identity with."""
    return secrets.token_urlsafe(32)


class Site(models.Model):
    """A brand with a widget of its own: what it is called, how it greets, who may embed it."""

    key = models.SlugField(max_length=50, unique=True, help_text='Named by the widget line: data-site="…".')
    name = models.CharField(max_length=100, help_text="Shown at the top of the widget.")
    greeting = models.TextField(
        default=DEFAULT_GREETING, max_length=1000, help_text="The first thing that a visitor reads."
    )
    suggestions = models.TextField(
        blank=True,
        max_length=500,
        help_text="Up to four questions that a visitor can click, one on each line.",
    )
    system_prompt = models.TextField(
        default=DEFAULT_SYSTEM_PROMPT,
        max_length=20_000,
        help_text="Instructions to the model. {site} becomes the name.",
    )
    colour = models.CharField(
        max_length=7,
        default="#4f46e5",
        help_text="The widget's accent, like #4f46e5.",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write a colour as # and six hexadecimal digits.")],
    )
    allowed_origins = models.TextField(
        blank=True,
        help_text="Pages that may embed the widget, one origin on each line (https://www.example.com); * for any. "
        "Parley's own pages always may.",
    )
    identity_secret = models.CharField(max_length=100, default=new_identity_secret, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for origins that no browser would send, and for more suggestions than fit."""
        if broken := broken_origins(self.origins):
            raise ValidationError(
                {"allowed_origins": f"Not an origin like https://www.example.com: {', '.join(broken)}"}
            )
        if len(self.suggested_questions) > 4:
            raise ValidationError({"suggestions": "Four questions fit; take some away."})

    @property
    def origins(self) -> list[str]:
        """The allowed origins, without blanks."""
        return self.allowed_origins.split()

    @property
    def suggested_questions(self) -> list[str]:
        """The suggestions, one for each line that is not blank."""
        return [line.strip() for line in self.suggestions.splitlines() if line.strip()]

    def instructions(self) -> str:
        """The system prompt with the site's name in it (other braces are left as they are)."""
        return self.system_prompt.replace("{site}", self.name)


class AudienceTier(models.Model):
    """What an end user may do. Two are always there: for anonymous and for identified contacts; others are given."""

    ANONYMOUS, IDENTIFIED, PREMIUM = "anonymous", "identified", "premium"
    BUILT_IN = (ANONYMOUS, IDENTIFIED)

    key = models.SlugField(max_length=50, unique=True, help_text="The host site's token may name it: audience.")
    name = models.CharField(max_length=100)
    messages_per_minute = models.PositiveIntegerField(
        default=30,
        validators=[
            MinValueValidator(1, "At least 1 message a minute."),
            MaxValueValidator(100_000, "At most 100,000 messages a minute."),
        ],
    )
    turns_at_once = models.PositiveIntegerField(
        default=10,
        validators=[
            MinValueValidator(1, "At least 1 at once."),
            MaxValueValidator(10_000, "At most 10,000 at once."),
        ],
        help_text="Questions of one contact that wait or are being answered.",
    )
    tokens_per_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[
            MinValueValidator(1, "At least 1. Empty: no limit."),
            MaxValueValidator(2_000_000_000, "At most 2,000,000,000. Empty: no limit."),
        ],
        help_text="Input and output of one contact's answers since midnight (UTC). Empty: no limit.",
    )
    head_start_seconds = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(3600, "At most an hour (3,600).")],
        help_text="In line, as if the question had come so much earlier.",
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def built_in(self) -> bool:
        """Whether contacts who were given no tier may be in it."""
        return self.key in self.BUILT_IN

    def why_kept(self) -> str:
        """Why it must not be deleted; empty when it may."""
        if self.built_in:
            return f"{self.name} is always there: contacts who were given no tier of their own are in it."
        if users := [str(user) for user in self._users()]:
            return (
                f"{self.name} is named by {', '.join(users)}. Without it everybody could use that: "
                "choose other audiences there first."
            )
        return ""

    def _users(self) -> Iterator[object]:
        """What is kept for some tiers only (models, which this app does not know)."""
        for relation in self._meta.related_objects:
            if relation.many_to_many and (name := relation.get_accessor_name()):
                yield from getattr(self, name).all()


class Contact(models.Model):
    """An end user of one site: anonymous (known by a random key) or identified (signed by the host site)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="contacts")
    key = models.CharField(max_length=200, help_text="anon:… or id:…, unique in the site.", editable=False)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    audience = models.ForeignKey(
        AudienceTier,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contacts",
        help_text="Empty: anonymous or identified, as the contact came.",
    )
    token_version = models.PositiveIntegerField(db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "key"], name="contact_once_for_each_site")]

    def __str__(self) -> str:
        return self.name or self.email or (f"Visitor {str(self.id)[:8]}" if self.is_anonymous else self.key[3:])

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody has vouched for who this is."""
        return self.key.startswith("anon:")


class StaffRole(models.Model):
    """A group that was made with the installation, whatever it is called by now, and the permissions that it was ever
    offered: an upgrade gives it those that are new, and none that somebody has taken away (people.roles).
    """

    name = models.CharField(max_length=50, unique=True)
    group = models.OneToOneField(Group, models.CASCADE, related_name="+")
    offered = models.ManyToManyField(Permission, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

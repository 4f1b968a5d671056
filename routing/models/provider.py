"""Providers, their models with prices, and which model answers for a site."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from people.models import AudienceTier, Site
from routing.pricing import Prices
from routing.providers.types import ProviderConfig, Vendor
from routing.secrets import decrypt, encrypt


def _dollars(help_text: str = "") -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A price for a million tokens; empty where nobody has said."""
    least = [MinValueValidator(0)]
    return models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, validators=least, help_text=help_text
    )


class Provider(models.Model):
    """A vendor's API or a compatible server: its address, its key, and what it last said when it refused us."""

    class Kind(models.TextChoices):
        """Which protocol it speaks."""

        ANTHROPIC = Vendor.ANTHROPIC.value, "Anthropic Messages"
        OPENAI = Vendor.OPENAI.value, "OpenAI Chat Completions, or compatible"

    name = models.CharField(max_length=100, unique=True)
    vendor = models.CharField(max_length=20, choices=Kind.choices)
    base_url = models.URLField(
        blank=True,
        help_text="Empty: the vendor's own address, or ANTHROPIC_BASE_URL / OPENAI_BASE_URL where set.",
    )
    batch_items = models.PositiveIntegerField(
        "requests of a batch",
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text="Work that nobody waits for is sent when so much has gathered…",
    )
    batch_seconds = models.PositiveIntegerField(
        "seconds to gather",
        default=300,
        validators=[MaxValueValidator(86_400)],
        help_text="…or when the oldest of it has waited so long.",
    )
    encrypted_key = models.TextField(blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def api_key(self) -> str:
        """The stored key, else the one in the environment; empty when there is neither."""
        return decrypt(self.encrypted_key) or str(getattr(settings, f"{self.vendor.upper()}_API_KEY"))

    @api_key.setter
    def api_key(self, key: str) -> None:
        self.encrypted_key = encrypt(key) if key else ""

    @property
    def address(self) -> str:
        """The base URL in force; empty for the vendor's own."""
        return self.base_url or str(getattr(settings, f"{self.vendor.upper()}_BASE_URL"))

    @property
    def ready(self) -> bool:
        """Whether it can be asked: enabled, and with a key (a compatible server may need none)."""
        return self.enabled and bool(self.api_key or (self.vendor == Vendor.OPENAI and self.address))

    def config(self) -> ProviderConfig:
        """What the provider layer needs to know."""
        return ProviderConfig(
            vendor=Vendor(self.vendor),
            api_key=self.api_key,
            base_url=self.address or None,
            name=self.name,
            stall_timeout=settings.STALL_SECONDS,
            first_token_timeout=settings.FIRST_TOKEN_SECONDS,
        )


class Model(models.Model):
    """A model of a provider, with its prices in dollars for a million tokens."""

    class Size(models.TextChoices):
        """What it is asked for."""

        SMALL = "small", "Small: quick and cheap"
        LARGE = "large", "Large: for hard questions"

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=200, help_text="As the provider calls it, such as claude-haiku-4-5.")
    enabled = models.BooleanField(default=True)
    order = models.PositiveIntegerField(default=100, help_text="The lowest ready one answers where a site names none.")
    context_window = models.PositiveIntegerField(
        default=128_000, validators=[MinValueValidator(1000)], help_text="Tokens."
    )
    max_output_tokens = models.PositiveIntegerField(default=1024, validators=[MinValueValidator(1)])
    temperature = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.0)], help_text="Empty: the model's own."
    )
    first_token_seconds = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1), MaxValueValidator(600)],
        help_text="Not begun after so long: the next model takes the turn. Empty: PARLEY_FALL_OVER_SECONDS.",
    )
    audiences = models.ManyToManyField(
        AudienceTier, blank=True, related_name="models", help_text="Who may use it. None chosen: everybody."
    )
    size = models.CharField(
        max_length=10,
        choices=Size.choices,
        blank=True,
        help_text="Where no rule decides, the classifier chooses between a small and a large model.",
    )
    input_price = _dollars("0: it costs nothing. Empty: not known; then its turns are shown as not priced.")
    cached_input_price = _dollars("What was read from the vendor's cache. Empty: as other input.")
    cache_write_price = _dollars("What Anthropic asks for input that it keeps. Empty: as other input.")
    output_price = _dollars("0: it costs nothing. Empty: not known.")
    batch_price_share = models.DecimalField(
        "batch price",
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.5"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Share of these prices that the vendor asks for batches: 0.5 is half.",
    )

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="model_once_for_each_provider")]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider.name})"

    @property
    def prices(self) -> Prices:
        """Its prices as plain values."""
        return Prices(self.input_price, self.cached_input_price, self.output_price, self.cache_write_price)

    def cost(
        self, input_tokens: int, cached_input_tokens: int, output_tokens: int, cache_write_tokens: int = 0
    ) -> Decimal | None:
        """Dollars for one answer, None where a price was left out; see `routing.pricing.price`."""
        return self.prices.cost(input_tokens, cached_input_tokens, output_tokens, cache_write_tokens)


class SiteModel(models.Model):
    """The model that answers for a site."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="site_model")
    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="+")
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "model of the site"
        verbose_name_plural = "model of the site"

    def __str__(self) -> str:
        return f"{self.site}: {self.model}"

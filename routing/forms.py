"""Forms for providers and models: keys go in and never come out; values that cannot be meant are refused."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from routing.models import Model, Provider
from routing.secrets import decrypt

MOST_DOLLARS = Decimal(10_000)
MOST_TOKENS = 100_000_000
PRICES = ("input_price", "cached_input_price", "cache_write_price", "output_price")


def key_state(provider: Provider) -> str:
    """Where the key comes from, in words that give nothing of it away."""
    variable = f"{provider.vendor.upper()}_API_KEY"
    if provider.encrypted_key:
        readable = bool(decrypt(provider.encrypted_key))
        return "stored" if readable else "stored, but unreadable since SECRET_KEY changed: enter it again"
    return f"from the environment: {variable}" if provider.vendor and getattr(settings, variable) else "none"


def check_base_url(url: str) -> str:
    """The URL without blanks and a closing slash. Raises ValidationError when no provider can be there."""
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise forms.ValidationError(
            "Write an address that begins with http:// or https://, like http://localhost:11434/v1"
        )
    if parts.username or parts.password:
        raise forms.ValidationError("Take the user and password out of the address; the key has a field of its own.")
    if parts.query or parts.fragment:
        raise forms.ValidationError("Take away what follows ? or #: paths are added to this address.")
    return url


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """A provider. The stored key is never part of the page; a new one replaces it."""

    base_url = forms.CharField(
        required=False,
        max_length=200,
        label="Base URL",
        widget=UnfoldAdminTextInputWidget,
        help_text=Provider._meta.get_field("base_url").help_text,  # noqa: SLF001 - its public name
    )
    new_key = forms.CharField(
        required=False,
        max_length=1000,
        label="API key",
        help_text="Kept encrypted and never shown again. Empty: no change.",
    )
    clear_key = forms.BooleanField(
        required=False,
        label="Forget the stored key",
        widget=UnfoldBooleanWidget,
        help_text="From then on the key comes from the environment, if there is one.",
    )

    class Meta:
        model = Provider
        fields = ("name", "vendor", "enabled", "base_url")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "new-password", "placeholder": key_state(self.instance)}
        if "new_key" in self.fields:  # those who may only look have no fields
            self.fields["new_key"].widget = UnfoldAdminPasswordWidget(attributes)

    def clean_base_url(self) -> str:
        """See `check_base_url`. Empty: the vendor's own."""
        url = self.cleaned_data["base_url"]
        return check_base_url(url) if url else ""

    def clean_new_key(self) -> str:
        """A key is one word of ASCII: anything else would break the header that carries it."""
        key = str(self.cleaned_data["new_key"])
        if key and (not key.isascii() or not key.isprintable() or " " in key):
            raise forms.ValidationError("A key has no spaces, line breaks or special letters. Copy it again.")
        return key

    def clean(self) -> dict[str, Any]:
        """Keys do not follow a provider to another address, where somebody else may listen."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("new_key") and cleaned.get("clear_key"):
            self.add_error("clear_key", "Either enter a new key or forget the stored one.")
        moved = self.instance.pk and cleaned.get("base_url", self.instance.base_url) != self.instance.base_url
        if moved and self.initial_key and not cleaned.get("new_key") and not cleaned.get("clear_key"):
            self.add_error("new_key", "The address changes: enter the key for the new one, or forget the stored key.")
        return cleaned

    @property
    def initial_key(self) -> bool:
        """Whether a key is stored."""
        return bool(self.instance.encrypted_key)

    def _get_validation_exclusions(self) -> set[str]:
        # The model's URLField refuses host names without a dot: those of servers in a container network.
        return {*super()._get_validation_exclusions(), "base_url"}  # type: ignore[misc]

    def save(self, commit: bool = True) -> Provider:
        """Store with the new key, or without the old one. What the old settings led to is forgotten."""
        provider: Provider = self.instance
        if self.cleaned_data.get("new_key"):
            provider.api_key = self.cleaned_data["new_key"]
        elif self.cleaned_data.get("clear_key"):
            provider.api_key = ""
        if {"new_key", "clear_key", "base_url", "vendor"} & set(self.changed_data):
            provider.last_error, provider.last_error_at, provider.last_success_at = "", None, None
        saved: Provider = super().save(commit)
        return saved


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model's limits and prices, on its own page, in the list, and beneath its provider."""

    class Meta:
        model = Model
        fields = (
            "provider",
            "name",
            "enabled",
            "order",
            "context_window",
            "max_output_tokens",
            "temperature",
            "size",
            *PRICES,
        )

    def clean(self) -> dict[str, Any]:
        """Add an error to each value that cannot be meant."""
        cleaned = super().clean() or self.cleaned_data
        for field, trouble in model_troubles({**self._present(), **cleaned}):
            self.add_error(field if field in self.fields else None, trouble)
        return cleaned

    def _present(self) -> dict[str, Any]:
        names = ("context_window", "max_output_tokens", "temperature", *PRICES)
        return {name: getattr(self.instance, name) for name in names}


def model_troubles(values: dict[str, Any]) -> list[tuple[str, str]]:
    """(field, what is wrong) for a model's values; a value of None was refused before, or is not set."""
    troubles = []
    window, longest, temperature = (
        values["context_window"],
        values["max_output_tokens"],
        values["temperature"],
    )
    if window is not None and window > MOST_TOKENS:
        troubles.append(("context_window", "No model reads so many tokens. Write the number of tokens, like 128000."))
    if window is not None and longest is not None and longest >= window:
        troubles.append(("max_output_tokens", f"Must be smaller than the context window ({window} tokens)."))
    if temperature is not None and temperature > 2:
        troubles.append(("temperature", "No provider takes more than 2."))
    return troubles + _price_troubles(values)


def _price_troubles(values: dict[str, Any]) -> list[tuple[str, str]]:
    too_much = "Dollars for a million tokens: no model costs so much."
    troubles = [(name, too_much) for name in PRICES if values[name] is not None and values[name] > MOST_DOLLARS]
    fresh, cached, output = values["input_price"], values["cached_input_price"], values["output_price"]
    if fresh is None and output is not None:
        troubles.append(
            ("input_price", "Write this price as well, 0 if it costs nothing: half a price counts as none.")
        )
    if output is None and fresh is not None:
        troubles.append(
            ("output_price", "Write this price as well, 0 if it costs nothing: half a price counts as none.")
        )
    if fresh is not None and cached is not None and cached > fresh:
        troubles.append(("cached_input_price", "Cached input never costs more than fresh input."))
    return troubles

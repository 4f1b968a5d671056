"""The form of a rule: condition and action as JSON that a builder writes, refused part by part."""

from collections.abc import Callable
from typing import Any

from django import forms

from routing.admin.rules.json_field import JsonTextField
from routing.models import RoutingRule
from routing.models.rule import every_message
from routing.rules import tree
from routing.rules.problems import PartsError, Problems
from routing.rules.rule import parse_action


class RoutingRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule. `problems` tells the builder what is wrong where, by field of the form."""

    condition = JsonTextField(initial=every_message, help_text="The rule holds for the messages that meet it.")
    action = JsonTextField(initial=dict, help_text="What happens to them.")

    class Meta:
        model = RoutingRule
        fields = ("name", "enabled", "site", "condition", "action", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems: dict[str, Problems] = {"condition": {}, "action": {}}
        if "site" in self.fields:
            self.fields["site"].empty_label = "All sites"  # type: ignore[attr-defined]
        if "note" in self.fields:
            self.fields["note"].widget.attrs["rows"] = 3

    def clean_condition(self) -> Any:
        """Raises PartsError."""
        return self._read("condition", tree.parse)

    def clean_action(self) -> Any:
        """Raises PartsError."""
        return self._read("action", parse_action)

    def _read(self, name: str, parse: Callable[[Any], object]) -> Any:
        value = self.cleaned_data[name]
        try:
            parse(value)
        except PartsError as error:
            self.problems[name] = error.problems
            raise
        return value

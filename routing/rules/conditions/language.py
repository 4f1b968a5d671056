"""The message's language."""

from dataclasses import dataclass
from typing import Self

from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition, listed
from routing.rules.fields import Field, Params, refuse_unknown, texts, trouble

UNKNOWN = "unknown"
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
    UNKNOWN: "not certain (short messages)",
}  # fmt: skip


@condition
@dataclass(frozen=True)
class Language(Condition):
    """One of some languages; UNKNOWN is a text too short or mixed to tell."""

    kind = "language"
    title = "Language"
    place = 40
    exact = True
    help = "The message is written in one of these languages. Of a few words alone it cannot be told."

    languages: tuple[str, ...]

    @classmethod
    def fields(cls) -> list[Field]:
        """Which ones."""
        return [Field("languages", "Languages", "choices", choices=tuple(LANGUAGES.items()))]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Any code of two letters or more is fine, offered or not. Raises ValidationError."""
        refuse_unknown(cls, params)
        found = texts(params, "languages", most=50, longest=10, missing="Choose at least one language.")
        if odd := next((each for each in found if not (each.isascii() and each.isalpha() and each.islower())), None):
            raise trouble("languages", f"“{odd}” is no language's code: write it like en or de.")
        return cls(found)

    def holds(self, question: Question) -> Outcome:
        """Names the language."""
        code = question.language or UNKNOWN
        return Outcome(code in self.languages, f"language: {LANGUAGES.get(code, code)}")

    def sentence(self) -> str:
        """For people."""
        return f"the language is {listed([LANGUAGES.get(each, each) for each in self.languages])}"

    def covers(self, other: Condition) -> bool:
        """More languages."""
        return isinstance(other, Language) and set(other.languages) <= set(self.languages)

    def excludes(self, other: Condition) -> bool:
        """None in common."""
        return isinstance(other, Language) and not set(other.languages) & set(self.languages)

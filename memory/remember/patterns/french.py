"""What people say about themselves in French: the commonest forms."""
# ruff: noqa: E501 - a pattern is easier to read in one line

import re

from memory.models import Kind
from memory.remember.patterns.calendars import FRENCH
from memory.remember.patterns.places import PLACE, is_place
from memory.remember.patterns.rules import Language, Rule, clause, until

JOINTS = r"et|mais|donc|car|bonjour|salut|oui"
NAME = r"(?P<what>[A-ZÀ-Ý][\w'À-ÿ-]{1,25}(?:[ ][A-ZÀ-Ý][\w'À-ÿ-]{1,25}){0,2})"
ON = until(r"et|mais|car|parce|depuis|avec")
WHAT = r"(?P<what>[^,;.!:()]{2,80}?)"
VAGUE = re.compile(
    r"(?:ça|cela|ceci|ce\b.*|vous|toi|votre\b.*|vos\b.*|bien|savoir\b.*|pas\b.*|que\b.*|comment\b.*|quand\b.*)$",
    re.IGNORECASE,
)
UNSURE = re.compile(
    r"\b(?:si|peut-être|probablement|supposons|imaginons|voudrais|pourrais|aurais|serais|j'espère|dit|disait|prétend|par\s+exemple|"
    r"ne\s+plus|plus\s+maintenant|demande)\b|\bs'il(?!\s+vous|\s+te)", re.IGNORECASE,
)  # fmt: skip
PAST = re.compile(
    r"\b(?:était|étais|j'ai|suis\s+(?:allé|né|parti|arrivé)\w*|hier|dernier|dernière|il\s+y\s+a)\b", re.IGNORECASE
)
VERBS = {
    "je pars": "part", "je vais": "va", "je déménage": "déménage", "je voyage": "voyage", "je me marie": "se marie",
    "j'arrive": "arrive", "je commence": "commence", "j'ai": "a", "je serai": "sera", "je visite": "visite",
}  # fmt: skip


def third_person(text: str) -> str:
    """ "Je pars à Rome" becomes "L'utilisateur part à Rome"."""
    for first, third in VERBS.items():
        text = re.sub(rf"\b{first}\b", f"l'utilisateur {third}", text, flags=re.IGNORECASE)
    return text[:1].upper() + text[1:]


def _rule(
    pattern: str, text: str, subject: str, kind: Kind = Kind.FACT, *, case: bool = False, **options: object
) -> Rule:
    return Rule(clause(pattern, JOINTS, case=case), text, subject, kind, **options)  # type: ignore[arg-type]


RULES = (
    _rule(
        rf"(?:[Jj]e\ m'appelle|[Mm]on\ nom\ est)\s+{NAME}{ON}",
        "L'utilisateur s'appelle {what}.", "name", case=True, exclusive=True, importance=0.9,
    ),
    _rule(
        rf"(?:j'habite|je\ vis|je\ viens\ de\ déménager)\s+(?:maintenant\ )?(?:à|au|en|aux)\s+{PLACE}{ON}",
        "L'utilisateur habite à {what}.", "home", exclusive=True, importance=0.7, fits=is_place,
    ),
    _rule(
        rf"[Jj]e\ travaille\s+(?:chez|pour)\s+(?P<what>[A-ZÀ-Ý0-9][\w&.'-]*(?:\ [A-ZÀ-Ý0-9&][\w&.'-]*){{0,4}}){ON}",
        "L'utilisateur travaille chez {what}.", "employer", case=True, exclusive=True, importance=0.6,
    ),
    _rule(
        rf"je\ travaille\s+comme\s+(?P<what>[\w'-]{{3,40}}(?:\ [\w'-]+)?){ON}",
        "L'utilisateur travaille comme {what}.", "job", exclusive=True, importance=0.6,
    ),
    _rule(
        rf"[Mm](?:on|a)\ (?P<who>femme|mari|fille|fils|mère|père|sœur|frère|chien|chat|compagne|compagnon)\ s'appelle\s+{NAME}{ON}",
        "Dans la famille de l'utilisateur ({who}) : {what}.", "{who}", case=True, importance=0.6,
    ),
    _rule(
        rf"je\ suis\s+(?:très\ )?allergique\s+(?:à\ la|à\ l'|aux|au|à)\s*{WHAT}",
        "L'utilisateur est allergique : {what}.", "allergie {what}", exclusive=True, importance=0.95,
    ),
    _rule(
        rf"je\ suis\s+(?P<what>végétarien(?:ne)?|végane?|vegan|diabétique|gaucher|gauchère){ON}",
        "L'utilisateur est {what}.", "{what}", exclusive=True, importance=0.8,
    ),
    _rule(
        rf"(?:je\ préfère|j'aime|j'adore)\s+{WHAT}",
        "L'utilisateur aime {what}.", "{what}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        rf"(?:je\ déteste|je\ n'aime\ pas)\s+{WHAT}",
        "L'utilisateur n'aime pas {what}.", "{what}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        r"(?:mon\ anniversaire\ est|je\ suis\ née?)\s+(?P<what>le\ \d{1,2}(?:er)?\ \w+(?:\ \d{4})?)",
        "Anniversaire de l'utilisateur : {what}.", "birthday", exclusive=True, yearly=True, importance=0.8,
    ),
    _rule(
        rf"(?P<what>(?:{'|'.join(VERBS).replace(' ', chr(92) + ' ')})\b(?!\ pas\b)[^;.!:()]{{3,140}}?)",
        "{what}.", "plan", Kind.PLAN, dated=True, importance=0.6, refuse=re.compile(r".*\bacheté|.*\bcommandé"),
    ),
    _rule(
        r"(?P<what>j'ai\ (?:acheté|commandé)\ [^;.!:()]{3,120}?)",
        "{what}.", "purchase", Kind.EVENT, dated=True,
    ),
)  # fmt: skip
LANGUAGE = Language("fr", FRENCH, UNSURE, PAST, RULES, third_person)

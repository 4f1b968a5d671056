"""What people say about themselves in German: the commonest forms."""
# ruff: noqa: E501 - a pattern is easier to read in one line

import re

from memory.models import Kind
from memory.remember.patterns.calendars import GERMAN
from memory.remember.patterns.places import PLACE, is_place
from memory.remember.patterns.rules import Language, Rule, clause, until

JOINTS = r"und|aber|also|weil|hallo|hi|guten\ tag|ja|übrigens|denn"
NAME = r"(?P<what>[A-ZÄÖÜ][\w'-]{1,25}(?:[ ][A-ZÄÖÜ][\w'-]{1,25}){0,2})"
ON = until(r"und|aber|weil|denn|aus|mit|bei")
WHAT = r"(?P<what>[^,;.!:()]{2,80}?)"
VAGUE = re.compile(
    r"(?:es|das|dies\w*|ihn|sie|ihr\w*|dein\w*|euer\w*|eure\w*|nicht\b.*|kein\w*\b.*|wie\b.*|was\b.*|so\b.*|gerne?\b.*|"
    r"jetzt\b.*|hier)$", re.IGNORECASE,
)  # fmt: skip
NO_NAME = re.compile(r"(?:Nicht|Hier|Sehr|Ihr|Ihre|Der|Die|Das|Sie|Es)\b")
UNSURE = re.compile(
    r"\b(?:wenn|falls|ob|angenommen|vielleicht|eventuell|wahrscheinlich|möglicherweise|würde\w*|könnte\w*|hätte\w*|wäre\w*|"
    r"hoffentlich|sagt\w*|meint\w*|behauptet\w*|erzählt\w*|fragt\w*|zum\ Beispiel|z\.\ ?B\.|nicht\ mehr|früher|träum\w*)\b"
    .replace("\\ ", r"\s+"), re.IGNORECASE,
)  # fmt: skip
PAST = re.compile(
    r"\b(?:war\w*|habe|hatte\w*|bin\s+\w+\s+ge\w+|gestern|letzte\w*|vor|ge(?:kauft|boren))\b", re.IGNORECASE
)
VERBS = {
    "fliege": "fliegt", "fahre": "fährt", "reise": "reist", "ziehe": "zieht", "heirate": "heiratet", "komme": "kommt",
    "gehe": "geht", "beginne": "beginnt", "besuche": "besucht", "werde": "wird", "habe": "hat", "bin": "ist",
}  # fmt: skip
RELATION = r"Frau|Mann|Partner(?:in)?|Freund(?:in)?|Tochter|Sohn|Mutter|Vater|Schwester|Bruder|Hund|Katze|Kater|Pferd"


def third_person(text: str) -> str:
    """ "Ich fliege mit meinem Sohn" becomes "Der Nutzer fliegt mit dem eigenen Sohn"."""
    for first, third in VERBS.items():
        text = re.sub(rf"\bich\s+{first}\b", f"der Nutzer {third}", text, flags=re.IGNORECASE)
        text = re.sub(rf"\b{first}\s+ich\b", f"{third} der Nutzer", text, flags=re.IGNORECASE)
    return text[:1].upper() + text[1:]


def _rule(
    pattern: str, text: str, subject: str, kind: Kind = Kind.FACT, *, case: bool = False, **options: object
) -> Rule:
    return Rule(clause(pattern, JOINTS, case=case), text, subject, kind, **options)  # type: ignore[arg-type]


RULES = (
    _rule(
        rf"(?:[Ii]ch\ hei(?:ß|ss)e|[Mm]ein\ (?:voller\ )?Name\ ist)\s+{NAME}{ON}",
        "Der Nutzer heißt {what}.", "name", case=True, exclusive=True, importance=0.9, refuse=NO_NAME,
    ),
    _rule(
        rf"(?:ich\ )?(?:wohne|lebe)\s+(?:jetzt\ |zurzeit\ |derzeit\ )?in\s+{PLACE}{ON}",
        "Der Nutzer wohnt in {what}.", "home", exclusive=True, importance=0.7, fits=is_place,
    ),
    _rule(
        rf"(?:ich\ bin|wir\ sind)\s+(?:gerade\ |kürzlich\ |vor\ kurzem\ )?nach\s+{PLACE}\s+(?:um)?gezogen.*?",
        "Der Nutzer wohnt in {what}.", "home", exclusive=True, importance=0.7, fits=is_place,
    ),
    _rule(
        rf"ich\ komme\ aus\s+{PLACE}{ON}",
        "Der Nutzer kommt aus {what}.", "origin", exclusive=True, fits=is_place,
    ),
    _rule(
        rf"(?:[Ii]ch\ )?arbeite\s+(?:jetzt\ )?(?:bei|für)\s+(?:der\ |dem\ )?(?P<what>[A-ZÄÖÜ0-9][\w&.'-]*(?:\ [A-ZÄÖÜ0-9&][\w&.'-]*){{0,4}}){ON}",
        "Der Nutzer arbeitet bei {what}.", "employer", case=True, exclusive=True, importance=0.6,
    ),
    _rule(
        rf"(?:[Ii]ch\ )?arbeite\s+als\s+(?P<what>[A-ZÄÖÜ][\w-]{{2,40}}){ON}",
        "Der Nutzer arbeitet als {what}.", "job", case=True, exclusive=True, importance=0.6,
    ),
    _rule(
        rf"[Mm]eine?\ (?P<who>{RELATION})\ hei(?:ß|ss)t\s+{NAME}{ON}",
        "Name in der Familie des Nutzers ({who}): {what}.", "{who}", case=True, importance=0.6, refuse=NO_NAME,
    ),
    _rule(
        rf"ich\ bin\s+(?:sehr\ |stark\ )?allergisch\ (?:gegen|auf)\s+{WHAT}",
        "Der Nutzer ist allergisch gegen {what}.", "Allergie {what}", exclusive=True, importance=0.95,
    ),
    _rule(
        r"ich\ habe\ eine\s+(?P<what>[\w-]{3,30})allergie",
        "Der Nutzer hat eine {what}allergie.", "Allergie {what}", exclusive=True, importance=0.95,
    ),
    _rule(
        rf"ich\ bin\s+(?P<what>Veganer(?:in)?|Vegetarier(?:in)?|vegan|vegetarisch|Diabetiker(?:in)?|Linkshänder(?:in)?){ON}",
        "Der Nutzer ist {what}.", "{what}", exclusive=True, importance=0.8,
    ),
    _rule(
        r"(?:bitte\ (?:immer\ )?(?:antworte|schreib|schreibe|sprich)(?:n?\ Sie)?(?:\ mir)?\ (?:immer\ )?auf|meine\ Muttersprache\ ist)"
        r"\s+(?P<what>Deutsch|Englisch|Französisch|Spanisch|Italienisch|Türkisch|Polnisch)",
        "Der Nutzer bevorzugt {what}.", "language", Kind.PREFERENCE, exclusive=True, importance=0.8,
    ),
    _rule(
        rf"ich\ (?:bevorzuge|mag|liebe)\s+(?:lieber\ |sehr\ |besonders\ )?{WHAT}(?:\ (?:sehr|lieber|am\ liebsten))?",
        "Der Nutzer mag {what}.", "{what}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        rf"ich\ (?:hasse\s+{WHAT}|mag\s+keine?n?\ (?P<other>[^,;.!:()]{{2,60}}?))",
        "Der Nutzer mag nicht: {what}{other}.", "{what}{other}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        r"(?:mein\ Geburtstag\ ist|ich\ habe(?=\ am\ .*\ Geburtstag)|ich\ (?:bin|wurde)(?=\ am\ .*\ geboren))\s+"
        r"(?P<what>am\ \d{1,2}\.\ \w+(?:\ \d{4})?).*?",
        "Der Nutzer hat Geburtstag {what}.", "birthday", exclusive=True, yearly=True, importance=0.8,
    ),
    _rule(
        rf"(?P<what>(?:ich\ (?:{'|'.join(VERBS)})|(?:am|im|in)\ [^,;!:()]{{4,40}}\ (?:{'|'.join(VERBS)})\ ich)\b(?!\ nicht\b)[^,;!:()]{{3,140}}?)",
        "{what}.", "plan", Kind.PLAN, dated=True, importance=0.6,
        fits=lambda found: not re.search(r"\bge\w+(?:t|en)\b|\bnicht\b|\bkeine?n?\b", found["what"]),
    ),
    _rule(
        r"(?P<what>ich\ habe\ [^,;!:()]{3,100}?\ (?:gekauft|bestellt))",
        "{what}.", "purchase", Kind.EVENT, dated=True,
        fits=lambda found: not re.search(r"\bnicht\b|\bkeine?n?\b", found["what"]),
    ),
)  # fmt: skip
LANGUAGE = Language("de", GERMAN, UNSURE, PAST, RULES, third_person)

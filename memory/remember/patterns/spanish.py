"""What people say about themselves in Spanish: the commonest forms."""
# ruff: noqa: E501 - a pattern is easier to read in one line

import re

from memory.models import Kind
from memory.remember.patterns.calendars import SPANISH
from memory.remember.patterns.places import PLACE, is_place
from memory.remember.patterns.rules import Language, Rule, clause, until

JOINTS = r"y|pero|porque|hola|buenos\ días|sí|además"
NAME = r"(?P<what>[A-ZÁ-Ú][\w'-]{1,25}(?:[ ][A-ZÁ-Ú][\w'-]{1,25}){0,2})"
ON = until(r"y|pero|porque|desde|con")
WHAT = r"(?P<what>[^,;.!:()]{2,80}?)"
VAGUE = re.compile(
    r"(?:esto|eso|ese\b.*|esta?\b|usted|saber\b.*|no\b.*|que\b.*|cómo\b.*|cuándo\b.*|su\b.*|tu\b.*)$", re.IGNORECASE
)
UNSURE = re.compile(
    r"\b(?:si|quizás?|tal\s+vez|probablemente|supongamos|imagina|querría|quisiera|podría|sería|tendría|ojalá|dice|dijo|pregunta|"
    r"por\s+ejemplo|ya\s+no)\b|¿", re.IGNORECASE,
)  # fmt: skip
PAST = re.compile(r"\b(?:era|fui|estuve|compré|pedí|llegué|nací|ayer|pasad[oa]|hace)\b", re.IGNORECASE)
VERBS = {
    "me mudo": "se muda", "me caso": "se casa", "viajo": "viaja", "vuelo": "vuela", "voy": "va", "salgo": "sale",
    "llego": "llega", "empiezo": "empieza", "tengo": "tiene", "visito": "visita", "compré": "compró", "pedí": "pidió",
}  # fmt: skip


def third_person(text: str) -> str:
    """ "Viajo a Roma" becomes "El usuario viaja a Roma"."""
    for first, third in VERBS.items():
        text = re.sub(rf"^(?:yo\s+)?{first}\b", f"El usuario {third}", text, flags=re.IGNORECASE)
    return text


def _rule(
    pattern: str, text: str, subject: str, kind: Kind = Kind.FACT, *, case: bool = False, **options: object
) -> Rule:
    return Rule(clause(pattern, JOINTS, case=case), text, subject, kind, **options)  # type: ignore[arg-type]


RULES = (
    _rule(
        rf"(?:[Mm]e\ llamo|[Mm]i\ nombre\ es)\s+{NAME}{ON}",
        "El usuario se llama {what}.", "name", case=True, exclusive=True, importance=0.9,
    ),
    _rule(
        rf"(?:yo\ )?(?:vivo|resido)\s+(?:ahora\ )?en\s+{PLACE}{ON}",
        "El usuario vive en {what}.", "home", exclusive=True, importance=0.7, fits=is_place,
    ),
    _rule(
        rf"me\ (?:he\ mudado|mudé)\s+a\s+{PLACE}{ON}",
        "El usuario vive en {what}.", "home", exclusive=True, importance=0.7, fits=is_place,
    ),
    _rule(
        rf"[Ss]oy\ de\s+{PLACE}{ON}",
        "El usuario es de {what}.", "origin", exclusive=True, fits=is_place,
    ),
    _rule(
        rf"[Tt]rabajo\s+(?:en|para)\s+(?P<what>[A-ZÁ-Ú0-9][\w&.'-]*(?:\ [A-ZÁ-Ú0-9&][\w&.'-]*){{0,4}}){ON}",
        "El usuario trabaja para {what}.", "employer", case=True, exclusive=True, importance=0.6,
    ),
    _rule(
        rf"trabajo\s+(?:de|como)\s+(?P<what>[\w-]{{3,40}}){ON}",
        "El usuario trabaja como {what}.", "job", exclusive=True, importance=0.6,
    ),
    _rule(
        rf"[Mm]i\ (?P<who>mujer|esposa|marido|esposo|hija|hijo|madre|padre|hermana|hermano|perro|perra|gato|gata|novia|novio)\ se\ llama\s+{NAME}{ON}",
        "En la familia del usuario ({who}): {what}.", "{who}", case=True, importance=0.6,
    ),
    _rule(
        rf"soy\s+(?:muy\ )?alérgic[oa]\s+(?:a\ la|a\ los|a\ las|al|a)\s+{WHAT}",
        "El usuario es alérgico: {what}.", "alergia {what}", exclusive=True, importance=0.95,
    ),
    _rule(
        rf"soy\s+(?P<what>vegetarian[oa]|vegan[oa]|celíac[oa]|diabétic[oa]|zurd[oa]){ON}",
        "El usuario es {what}.", "{what}", exclusive=True, importance=0.8,
    ),
    _rule(
        rf"(?:prefiero|me\ (?:gustan?|encantan?))\s+{WHAT}",
        "Al usuario le gusta: {what}.", "{what}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        rf"(?:odio|no\ me\ gustan?)\s+{WHAT}",
        "Al usuario no le gusta: {what}.", "{what}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        r"(?:mi\ cumpleaños\ es|nací)\s+(?P<what>el\ \d{1,2}\ de\ \w+(?:\ de\ \d{4})?)",
        "Cumpleaños del usuario: {what}.", "birthday", exclusive=True, yearly=True, importance=0.8,
    ),
    _rule(
        r"(?P<what>(?:yo\ )?(?:compré|pedí)\ [^;.!:()]{3,120}?)",
        "{what}.", "purchase", Kind.EVENT, dated=True,
    ),
    _rule(
        rf"(?P<what>(?:yo\ )?(?:{'|'.join(list(VERBS)[:10]).replace(' ', chr(92) + ' ')})\b[^;.!:()]{{3,140}}?)",
        "{what}.", "plan", Kind.PLAN, dated=True, importance=0.6,
    ),
)  # fmt: skip
LANGUAGE = Language("es", SPANISH, UNSURE, PAST, RULES, third_person)

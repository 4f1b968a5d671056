"""The calendars of the languages that the patterns know."""

import re

from memory.remember.patterns.dates import Calendar

NUMBER = r"\d{1,3}"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{text})(?![\w-])", re.IGNORECASE | re.VERBOSE)


def _any(names: list[str]) -> str:
    return "|".join(names)


EN_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
EN_MONTHS = [
    "jan|January", "feb|February", "mar|March", "apr|April", "may|May", "jun|June", "jul|July", "aug|August",
    "sep|September", "oct|October", "nov|November", "dec|December",
]  # fmt: skip
_EN_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?"
)
ENGLISH = Calendar(
    pattern=_pattern(
        rf"""(?P<day>the\s+day\s+after\s+tomorrow|today|tonight|tomorrow|yesterday)
        |(?P<lead>on|this|coming|this\s+coming|next|on\s+next|last|on\s+last)\s+(?P<weekday>{_any(EN_DAYS)})
        |(?P<which>next|last)\s+(?P<period>week|month|year)
        |in\s+(?P<ahead>{NUMBER}|an?|two|three|four|five|six)\s+(?P<unit>days?|weeks?|months?|years?)
        |(?P<ago>{NUMBER}|an?|two|three|four|five|six)\s+(?P<unit_>days?|weeks?|months?|years?)\s+ago
        |(?:on\s+)?(?:the\s+)?(?P<date>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<month>{_EN_MONTH})\.?(?:,?\s+(?P<year>\d{{4}}))?
        |(?:on\s+)?(?P<month_>{_EN_MONTH})\.?\s+(?:the\s+)?(?P<date_>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year_>\d{{4}}))?
        |(?:on\s+)?(?P<year__>\d{{4}})-(?P<month__>\d{{2}})-(?P<date__>\d{{2}})"""
    ),
    days={"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1, "the day after tomorrow": 2},
    weekdays=EN_DAYS,
    months=EN_MONTHS,
    upcoming=("next",),
    gone=("last",),
    periods={"day": "day", "week": "week", "month": "month", "year": "year"},
    numbers={"a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
    on_day="on {day} {month} {year}",
    in_week="in the week of {day} {month} {year}",
    in_month="in {month} {year}",
    in_year="in {year}",
)

DE_DAYS = ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag|sonnabend", "sonntag"]
DE_MONTHS = [
    "jan|jän|Januar", "feb|Februar", "mär|März", "apr|April", "mai|Mai", "jun|Juni", "jul|Juli", "aug|August",
    "sep|September", "okt|Oktober", "nov|November", "dez|Dezember",
]  # fmt: skip
_DE_MONTH = "januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
_DE_NUMBER = rf"{NUMBER}|eine[mnr]?|zwei|drei|vier|fünf|sechs"
GERMAN = Calendar(
    pattern=_pattern(
        rf"""(?P<day>heute(?:\s+abend)?|übermorgen|morgen|vorgestern|gestern)
        |(?P<lead>am|diesen|kommenden|am\s+kommenden|nächsten|am\s+nächsten|letzten|am\s+letzten)\s+(?P<weekday>{_any(DE_DAYS)})
        |(?:im\s+|in\s+der\s+)?(?P<which>nächste[nsr]?|kommende[nsr]?|letzte[nsr]?)\s+(?P<period>woche|monat|jahr)
        |in\s+(?P<ahead>{_DE_NUMBER})\s+(?P<unit>tag\w*|woche\w*|monat\w*|jahr\w*)
        |vor\s+(?P<ago>{_DE_NUMBER})\s+(?P<unit_>tag\w*|woche\w*|monat\w*|jahr\w*)
        |(?:am\s+)?(?P<date>\d{{1,2}})\.\s*(?P<month>{_DE_MONTH})(?:\s+(?P<year>\d{{4}}))?
        |(?:am\s+)?(?P<date_>\d{{1,2}})\.(?P<month_>\d{{1,2}})\.(?P<year_>\d{{4}})"""
    ),
    days={"heute": 0, "heute abend": 0, "morgen": 1, "übermorgen": 2, "gestern": -1, "vorgestern": -2},
    weekdays=DE_DAYS,
    months=DE_MONTHS,
    upcoming=("nächst",),
    gone=("letzt",),
    periods={"tag": "day", "woche": "week", "monat": "month", "jahr": "year"},
    numbers={"eine": 1, "einem": 1, "einen": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6},
    on_day="am {day}. {month} {year}",
    in_week="in der Woche vom {day}. {month} {year}",
    in_month="im {month} {year}",
    in_year="im Jahr {year}",
)

FR_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
FR_MONTHS = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
]  # fmt: skip
_FR_NUMBER = rf"{NUMBER}|une?|deux|trois|quatre|cinq|six"
FRENCH = Calendar(
    pattern=_pattern(
        rf"""(?P<day>aujourd['’]hui|ce\s+soir|après[- ]demain|demain|avant[- ]hier|hier)
        |(?P<lead>ce\s+)?(?P<weekday>{_any(FR_DAYS)})(?:\s+(?P<after>prochain|dernier))?
        |(?:la\s+|le\s+|l['’])(?P<period>semaine|mois|an(?:née)?)\s+(?P<which>prochaine?|derni(?:er|ère)|passée?)
        |dans\s+(?P<ahead>{_FR_NUMBER})\s+(?P<unit>jours?|semaines?|mois|ans?)
        |il\s+y\s+a\s+(?P<ago>{_FR_NUMBER})\s+(?P<unit_>jours?|semaines?|mois|ans?)
        |(?:le\s+)?(?P<date>\d{{1,2}})(?:er)?\s+(?P<month>{_any(FR_MONTHS)})(?:\s+(?P<year>\d{{4}}))?"""
    ),
    days={
        "aujourd'hui": 0,
        "aujourd’hui": 0,
        "ce soir": 0,
        "demain": 1,
        "après-demain": 2,
        "après demain": 2,
        "hier": -1,
        "avant-hier": -2,
        "avant hier": -2,
    },
    weekdays=FR_DAYS,
    months=FR_MONTHS,
    upcoming=("prochain",),
    gone=("dernier", "dernière", "passé"),
    periods={"jour": "day", "semaine": "week", "mois": "month", "an": "year"},
    numbers={"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6},
    on_day="le {day} {month} {year}",
    in_week="dans la semaine du {day} {month} {year}",
    in_month="en {month} {year}",
    in_year="en {year}",
)

ES_DAYS = ["lunes", "martes", "mi[ée]rcoles", "jueves", "viernes", "s[áa]bado", "domingo"]
ES_MONTHS = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
_ES_NUMBER = rf"{NUMBER}|una?|dos|tres|cuatro|cinco|seis"
SPANISH = Calendar(
    pattern=_pattern(
        rf"""(?P<day>hoy|esta\s+noche|pasado\s+mañana|mañana|anteayer|ayer)
        |(?P<lead>el|este|el\s+próximo|el\s+pasado)\s+(?P<weekday>{_any(ES_DAYS)})(?:\s+(?P<after>que\s+viene|pasado))?
        |(?:la|el)\s+(?P<which>próxim[oa]|pasad[oa])\s+(?P<period>semana|mes|año)
        |(?:la|el)\s+(?P<period_>semana|mes|año)\s+(?P<which_>que\s+viene|pasad[oa]|próxim[oa])
        |(?:dentro\s+de|en)\s+(?P<ahead>{_ES_NUMBER})\s+(?P<unit>días?|semanas?|mes(?:es)?|años?)
        |hace\s+(?P<ago>{_ES_NUMBER})\s+(?P<unit_>días?|semanas?|mes(?:es)?|años?)
        |(?:el\s+)?(?P<date>\d{{1,2}})\s+de\s+(?P<month>{_any(ES_MONTHS)})(?:\s+(?:de\s+|del\s+)?(?P<year>\d{{4}}))?"""
    ),
    days={"hoy": 0, "esta noche": 0, "mañana": 1, "pasado mañana": 2, "ayer": -1, "anteayer": -2},
    weekdays=ES_DAYS,
    months=ES_MONTHS,
    upcoming=("próxim", "viene"),
    gone=("pasad",),
    periods={"día": "day", "semana": "week", "mes": "month", "año": "year"},
    numbers={"un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6},
    on_day="el {day} de {month} de {year}",
    in_week="en la semana del {day} de {month} de {year}",
    in_month="en {month} de {year}",
    in_year="en {year}",
)

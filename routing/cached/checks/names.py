"""Names: brands, places, days, plans and codes. Where one stands in the question, it must stand in a stored one."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from routing.cached.checks.words import Phrases, Words, any_of

GROUPS = [
    any_of(names)
    for names in (
        (
            "usa, america, canada, canadian, mexico, brazil, argentina, chile, norway, sweden, denmark, finland, "
            "iceland, germany, france, spain, portugal, italy, greece, austria, switzerland, belgium, "
            "netherlands, holland, poland, czechia, hungary, romania, bulgaria, turkey, russia, ukraine, uk, "
            "england, scotland, ireland, china, japan, korea, india, thailand, vietnam, indonesia, australia, "
            "new zealand, south africa, egypt, morocco, israel, dubai, singapore, europe, asia, africa, "
            "deutschland, frankreich, spanien, italien, österreich, schweiz, españa, alemania, francia, italia, "
            "allemagne, espagne"
        ),
        (
            "paris, london, berlin, madrid, rome, lyon, nice, vienna, zurich, munich, hamburg, amsterdam, "
            "brussels, new york, chicago, boston, dallas, seattle, tokyo, los angeles, san francisco, toronto, "
            "sydney, lisbon, prague, dublin, milan, barcelona"
        ),
        (
            "english, german, french, spanish, italian, dutch, portuguese, polish, russian, turkish, arabic, "
            "chinese, japanese, korean, hindi, swedish, danish, norwegian, greek"
        ),
        (
            "monday, mondays, tuesday, wednesday, thursday, friday, saturday, saturdays, sunday, sundays, "
            "weekend, weekends, weekday, weekdays, holiday, holidays, christmas, easter"
        ),
        "january, february, march, april, june, july, august, september, october, november, december",
        (
            "paypal, klarna, bitcoin, apple pay, google pay, visa card, mastercard, amex, american express, "
            "stripe, venmo, cash, cheque, check payment, bank transfer, gift card, gift cards, direct debit"
        ),
        "windows, linux, mac, macos, android, ios, iphone, ipad, chromebook",
        "chrome, firefox, safari, edge, opera",
        "ups, dhl, fedex, usps, hermes, dpd, gls",
        ("facebook, instagram, twitter, whatsapp, telegram, tiktok, youtube, linkedin, slack, teams, zoom, discord"),
        "excel, word, powerpoint, outlook, csv, pdf, json, xml, gmail",
        "basic, standard, pro, premium, enterprise, starter, plus, business, team plan, free plan",
        "dollar, dollars, usd, euro, euros, eur, pound, pounds, gbp, yen, francs, chf, rupees, pesos",
        "email, emails, e-mail, mail, sms, phone notifications, push, text message, letter, fax",
        "red, blue, green, yellow, black, white, grey, pink, purple, orange",
        "small, medium, large, xl",
        "dog, dogs, cat, cats, bird, birds, rabbit, rabbits, horse, horses",
        "breakfast, lunch, dinner, supper, parking",
        "passport, visa, id card, driving licence, driver's license",
        "cotton, wool, leather, silk, polyester",
        (
            "daily, a day, per day, each day, weekly, a week, per week, monthly, a month, per month, each month, "
            "yearly, annual, a year, per year"
        ),
        (
            "child, children, kids, kid, adult, adults, senior, seniors, student, students, parent, parents, "
            "infant, infants, baby, babies, teacher, teachers"
        ),
    )
]
SAME = {
    "canadian": "canada",
    "usd": "dollar",
    "dollars": "dollar",
    "eur": "euro",
    "euros": "euro",
    "gbp": "pound",
    "pounds": "pound",
    "emails": "email",
    "e-mail": "email",
    "mail": "email",
    "kids": "child",
    "kid": "child",
    "children": "child",
    "macos": "mac",
    "america": "usa",
    "england": "uk",
    "holland": "netherlands",
    "a day": "daily",
    "per day": "daily",
    "each day": "daily",
    "a week": "weekly",
    "per week": "weekly",
    "a month": "monthly",
    "per month": "monthly",
    "each month": "monthly",
    "a year": "yearly",
    "per year": "yearly",
    "annual": "yearly",
}
NAME = re.compile(r"(?<=[\w,] )[A-Z][\w&.-]*[\w]")
NO_NAMES = frozenset(["i'm", "i'd", "i've", "i'll", "ok", "faq", "url", "id"])


def of_group(group: Phrases, asked: Words, stored: Sequence[Words]) -> str:
    """A name of the group that no stored question has; or none, where each of them has one."""
    if all(group.begins.isdisjoint(one.every) for one in (asked, *stored[:1])):
        return ""
    wanted = members(asked, group)
    known = [members(one, group) for one in stored]
    if wanted and not any(wanted <= one for one in known):
        return f"other name: {', '.join(sorted(wanted - set().union(*known)) or sorted(wanted))}"
    return f"does not name {min(known[0])}" if known and not wanted and all(known) else ""


def of_none(asked: Words, stored: Sequence[Words]) -> str:
    """A name of no group that no stored question has."""
    unknown = capitalised(asked) - {word for one in stored for word in _lower(one)}
    return f"other name: {', '.join(sorted(unknown))}" if unknown else ""


def members(words: Words, group: Phrases) -> frozenset[str]:
    """Which of a group are named, each by one form."""
    found = (name if name in SAME else name.rstrip("s") for name in words.found(group))
    return frozenset(SAME.get(name, name) for name in found)


def capitalised(words: Words) -> set[str]:
    """Words with a capital inside a sentence, in lower case: names in English, where few others have one."""
    found = {match.lower() for match in NAME.findall(words.text)} - NO_NAMES
    if words.language not in {"en", ""} or 2 * len(found) > len(words.each) or words.text.isupper():
        return set()
    return {part.removesuffix("'s") for name in found for part in name.split("-")}


REFUSALS: tuple[Callable[[Words, Sequence[Words]], str], ...] = (
    *(partial(of_group, group) for group in GROUPS),
    of_none,
)


def _lower(words: Words) -> set[str]:
    return {part.removesuffix("'s") for word in words.each for part in (word, *word.split("-"))}

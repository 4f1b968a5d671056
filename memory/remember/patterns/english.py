"""What people say about themselves in English."""
# ruff: noqa: E501 - a pattern is easier to read in one line

import re

from memory.models import Kind
from memory.remember.patterns.calendars import ENGLISH
from memory.remember.patterns.places import PLACE, is_place
from memory.remember.patterns.rules import Language, Rule, clause, until

JOINTS = r"and|but|so|also|because|since|hi|hello|hey|btw|oh|yes|well|actually|by\ the\ way|fyi"
WHAT = r"(?P<what>[^,;.!:()]{2,80}?)"
NAME = r"(?P<what>[A-ZÀ-Ý][\w'À-ÿ-]{1,25}(?:[ ][A-ZÀ-Ý][\w'À-ÿ-]{1,25}){0,2})"
AND_SO_ON = until("and|but|because|so|since|which|who|when|while|from|for|as|in|with")
BECAUSE = until(r"because|but|so|as|and\ (?:I|my|we)")
RELATION = (
    r"wife|husband|partner|girlfriend|boyfriend|fianc[ée]e?|daughter|son|mother|mum|mom|father|dad|sister|brother|"
    r"grandmother|grandfather|dog|cat|horse|rabbit|puppy|kitten|hamster|parrot"
)
JOB = (
    r"teacher|nurse|doctor|engineer|developer|programmer|designer|student|lawyer|architect|electrician|plumber|carpenter|"
    r"chef|cook|driver|courier|postman|farmer|gardener|journalist|writer|photographer|musician|artist|accountant|"
    r"consultant|manager|midwife|dentist|pharmacist|physiotherapist|scientist|researcher|professor|librarian|police\ "
    r"officer|firefighter|paramedic|pilot|mechanic|baker|butcher|barber|hairdresser|translator|social\ worker|salesperson"
)
VAGUE = re.compile(
    r"(?:(?:that|this|these|those)\b.*|.*\b(?:please|now|today|instead)|to\ go\ by\b.*|it|this|these|those|them|you|your\b.*|to\ (?:know|ask|see|say|be|think|bother|hear|complain|return|order|buy)"
    r"\b.*|not\b.*|how\b.*|what\b.*|when\b.*|where\b.*|why\b.*|the\ (?:way|idea|fact|sound|look)\b.*|a\ .*\bthat\b.*|"
    r"everything|nothing|something|anything|both|either|him|her|one|all\b.*|so\b.*|here|there|help|more)\b$",
    re.IGNORECASE,
)
ABSTRACT = re.compile(
    r"(?:a|an|the|my|your|this|that|fear|hope|peace|silence|doubt|pain|theory|general|fact|progress|need|charge|it)\b",
    re.IGNORECASE,
)
NO_NAME = re.compile(
    r"(?:not|sorry|here|sure|just|very|so|looking|trying|interested|afraid|glad|happy|german|french|spanish|english|"
    r"italian|dutch|american|british|irish|polish|danish|swedish|swiss|austrian|turkish|greek|new|back|done|ok|okay|"
    r"back|tomorrow|later|when|now|if|asap|the|a|an|your|mr|mrs|ms|dr)\b",
    re.IGNORECASE,
)
LANGUAGES = (
    r"english|german|french|spanish|italian|dutch|portuguese|polish|turkish|russian|ukrainian|arabic|chinese|japanese|"
    r"korean|danish|swedish|norwegian|finnish|greek|czech|hungarian|romanian|hindi"
)
UNSURE = re.compile(
    r"\b(?:if|whether|suppose|supposing|imagine|assum\w+|pretend|hypothetical\w*|for\ example|e\.g\.|let's\ say|"
    r"would|could|might|may(?!\s+\d|\s+(?:the|20)|\d)|maybe|perhaps|probably|possibly|wish|hope(?:fully)?|unless|as\ though|"
    r"said|says|saying|told|tells|claims?|claimed|thinks|thought|wrote|writes|asked|asks|heard|reads|not\ true|joke|kidding|"
    r"dreamt|dreamed|used\ to|no\ longer|not\ any\ ?more|lol)\b".replace("\\ ", r"\s+"),
    re.IGNORECASE,
)
PAST = re.compile(
    r"\b(?:was|were|had|went|bought|ordered|got|received|arrived|visited|married|moved|flew|came|met|started|left|did|"
    r"broke|lost|ago|last|yesterday|born|since)\b",
    re.IGNORECASE,
)
THIRD = (
    (r"\b(?:I|we)'m\b|\bI\ am\b|\bwe(?:'re|\ are)\b", "the user is"),
    (r"\b(?:I|we)'ll\b", "the user will"),
    (r"\b(?:I|we)'ve\b|\b(?:I|we)\ have\b", "the user has"),
    (r"\b(?:I|we)\b", "the user"),
    (r"\b(?:my|our)\b", "the user's"),
    (r"\b(?:me|us)\b", "the user"),
    (r"\b(?:myself|ourselves)\b", "themselves"),
)


def third_person(text: str) -> str:
    """ "I'm moving with my son" becomes "The user is moving with the user's son"."""
    for first, third in THIRD:
        text = re.sub(first.replace("\\ ", r"\s+"), third, text, flags=re.IGNORECASE)
    return text[:1].upper() + text[1:]


def _rule(
    pattern: str, text: str, subject: str, kind: Kind = Kind.FACT, *, case: bool = False, **options: object
) -> Rule:
    return Rule(clause(pattern, JOINTS, case=case), text, subject, kind, **options)  # type: ignore[arg-type]


_MOVES = (
    r"flying|travell?ing|going|moving|visiting|starting|leaving|arriving|getting\ married|driving|cycling|riding|coming|"
    r"running|having|taking|attending|hosting|graduating|retiring"
)
_OCCASION = (
    r"wedding|appointment|flight|trip|holiday|vacation|exam|surgery|operation|interview|anniversary|party|race|tour|"
    r"marathon|move|graduation|conference"
)
RULES = (
    _rule(
        rf"(?:[Mm]y\ (?:full\ |first\ )?name\ is|[Mm]y\ name's|[Pp]lease\ call\ me|[Cc]all\ me|"
        rf"[Ii]\ am\ called|[Ii]'m\ called|I\ go\ by)\s+{NAME}(?:\ (?:please|btw))?{AND_SO_ON}",
        "The user's name is {what}.", "name", case=True, exclusive=True, importance=0.9, refuse=NO_NAME,
    ),
    _rule(
        rf"(?:(?:[Tt]his\ is|[Ii]'m|[Ii]\ am)\s+{NAME}\ (?:here|speaking))",
        "The user's name is {what}.", "name", case=True, exclusive=True, importance=0.9, refuse=NO_NAME,
    ),
    Rule(
        re.compile(rf"^(?:[Hh]i|[Hh]ello|[Hh]ey)[\s,!]+(?:I'm|I\ am|i'm)\s+{NAME}(?=$|[,.!]|\ (?:from|and)\s)".replace("[ ]", r"\s")),
        "The user's name is {what}.", "name", exclusive=True, importance=0.9, refuse=NO_NAME,
    ),
    _rule(
        r"(?:my\ pronouns\ are|I\ use|I\ go\ by)\s+(?P<what>(?:he|she|they|xe|ze)\s*/\s*\w{2,6}(?:\s*/\s*\w{2,6})?)(?:\ pronouns)?",
        "The user's pronouns are {what}.", "pronouns", exclusive=True, importance=0.8,
    ),
    _rule(
        rf"(?:please\ (?:always\ )?(?:write|answer|reply|speak|talk)(?:\ to\ me)?\ in|I\ prefer(?:\ to\ (?:write|speak)(?:\ in)?)?|"
        rf"my\ (?:native|first)\ language\ is)\s+(?P<what>{LANGUAGES})(?:\ please)?",
        "The user prefers {what}.", "language", Kind.PREFERENCE, exclusive=True, importance=0.8,
    ),
    _rule(
        rf"(?:I|we)(?:'m|'re|\ am|\ are)?\s+(?:currently\ |now\ |just\ |recently\ )?(?:live|living|reside|based)\s+(?:now\ )?in\s+{PLACE}"
        rf"(?:\ now)?{AND_SO_ON}",
        "The user lives in {what}.", "home", exclusive=True, importance=0.7, refuse=ABSTRACT, fits=is_place,
    ),
    _rule(
        rf"(?:I|we)(?:'ve|\ have)?\s+(?:just\ |recently\ )?(?:moved|relocated)\s+(?:from\ [\w -]{{2,40}}?\ )?(?:back\ )?to\s+{PLACE}{AND_SO_ON}",
        "The user lives in {what}.", "home", exclusive=True, importance=0.7, refuse=ABSTRACT, fits=is_place,
    ),
    _rule(
        rf"(?:I(?:'m|\ am)\ (?:originally\ )?from|I\ come\ from)\s+{PLACE}{AND_SO_ON}",
        "The user comes from {what}.", "origin", exclusive=True, refuse=ABSTRACT, fits=is_place,
    ),
    _rule(
        r"I\ (?:currently\ |now\ )?work\ (?:at|for)\s+(?P<what>(?:the\ )?[A-Z0-9][\w&.'-]*(?:\ [A-Z0-9&][\w&.'-]*){0,4})"
        rf"{AND_SO_ON}",
        "The user works for {what}.", "employer", case=True, exclusive=True, importance=0.6,
    ),
    _rule(
        rf"(?:I\ (?:currently\ |now\ )?work\ as\ an?|I(?:'m|\ am)\ an?(?=\ (?:[\w-]+\ )?(?:{JOB})\b))\s+(?P<what>[\w -]{{3,40}}?){AND_SO_ON}",
        "The user works as: {what}.", "job", exclusive=True, importance=0.6,
    ),
    _rule(
        rf"my\ (?P<who>{RELATION})(?:'s\ name\ is|\ is\ called|\ is\ named)\s+(?P<what>[\w'-]{{2,25}}(?:\ [A-Z][\w'-]+)?){AND_SO_ON}",
        "The user's {who} is called {what}.", "{who}", importance=0.6, refuse=NO_NAME,
    ),
    _rule(
        rf"(?:I|we)(?:'ve\ got|\ have(?:\ got)?|\ own)\s+an?\s+(?:\w+\ )?(?P<who>{RELATION})\s+(?:called|named)\s+(?P<what>[\w'-]{{2,25}}){AND_SO_ON}",
        "The user's {who} is called {what}.", "{who}", importance=0.6, refuse=NO_NAME,
    ),
    _rule(
        rf"(?:I|we)(?:'ve\ got|\ have(?:\ got)?)\s+(?P<what>(?:an?|one|two|three|four|five|\d)\s+(?:\w+\ )?"
        rf"(?:dogs?|cats?|horses?|kids?|child(?:ren)?|sons?|daughters?|rabbits?|parrots?|brothers?|sisters?)){AND_SO_ON}",
        "The user has {what}.", "family",
    ),
    _rule(
        rf"(?:I(?:'m|\ am)|we(?:'re|\ are))\s+(?:severely\ |very\ |highly\ )?allergic\ to\s+{WHAT}"
        rf"{BECAUSE}",
        "The user is allergic to {what}.", "allergy to {what}", exclusive=True, importance=0.95, refuse=VAGUE,
    ),
    _rule(
        r"I\ have\ an?\s+(?:severe\ )?(?P<what>[\w-]{3,20})\ allergy",
        "The user is allergic to {what}.", "allergy to {what}", exclusive=True, importance=0.95,
    ),
    _rule(
        rf"I(?:'m|\ am)\s+(?:a\ )?(?P<what>vegan|vegetarian|pescatarian|coeliac|celiac|lactose[ -]intolerant|gluten[ -]intolerant|"
        rf"colou?r[ -]blind|diabetic|left[ -]handed){AND_SO_ON}",
        "The user is {what}.", "{what}", exclusive=True, importance=0.8,
    ),
    _rule(
        rf"(?:I|we)\ (?:\w+ly\ )?(?P<verb>own|ride|drive|use)\s+(?P<what>(?:an?|the|two|three)\s+(?=[^,;.!]*(?-i:[A-Z]|\d))[\w /&+-]{{3,50}}?){AND_SO_ON}",
        "The user has {what}.", "{what}", importance=0.6,
    ),
    _rule(
        rf"my\ (?P<who>bike|bicycle|car|phone|laptop|e-?bike|camera|computer|tablet|printer|watch)\ is\ an?\s+"
        rf"(?P<what>(?=[^,;.!]*(?-i:[A-Z]|\d))[\w /&+-]{{2,50}}?){AND_SO_ON}",
        "The user's {who} is a {what}.", "{who}", exclusive=True, importance=0.6,
    ),
    _rule(
        r"(?P<what>(?:I|we)\ (?:just\ )?(?:bought|purchased|ordered)\s+(?!it\b|this\b|that\b|them\b|something\b|one\b)[^;.!:()]{3,120}?)",
        "{what}.", "purchase", Kind.EVENT, dated=True,
    ),
    _rule(
        rf"I\ (?:really\ |much\ |always\ )?prefer\s+(?!{LANGUAGES}\b){WHAT}\s+(?:to|over|rather\ than)\s+(?P<other>[^,;.!:()]{{2,60}}?)",
        "The user prefers {what} to {other}.", "{what}", Kind.PREFERENCE, exclusive=True, importance=0.6, refuse=VAGUE,
    ),
    _rule(
        rf"I\ (?:really\ |much\ |always\ )?prefer\s+(?!{LANGUAGES}\b){WHAT}{BECAUSE}",
        "The user prefers {what}.", "{what}", Kind.PREFERENCE, exclusive=True, importance=0.6, refuse=VAGUE,
        fits=lambda found: not re.search(r"\b(?:to|over|rather than)\b", found["what"][3:]),
    ),
    _rule(
        rf"I\ (?:really\ |absolutely\ )?(?P<verb>like|love|enjoy|adore)\s+{WHAT}{BECAUSE}",
        "The user likes {what}.", "{what}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        rf"I\ (?:really\ |absolutely\ )?(?:hate|dislike|detest|loathe|can't\ stand|cannot\ stand|don't\ like|do\ not\ like)\s+{WHAT}"
        rf"{BECAUSE}",
        "The user does not like {what}.", "{what}", Kind.PREFERENCE, exclusive=True, refuse=VAGUE,
    ),
    _rule(
        r"please\s+(?P<how>always|never)\s+(?P<what>(?:deliver|ship|send|leave|use|ring|call|e-?mail|text|write|contact|pack|wrap|put)\b"
        r"[^,;.!:()]{2,80}?)",
        "The user asks: {how} {what}.", "{what}", Kind.PREFERENCE, exclusive=True, importance=0.7,
    ),
    _rule(
        r"(?:my\ birthday\ is|my\ birthday's|I\ was\ born)\s+(?P<what>(?:on|in)\ (?:\d{1,2}\ )?[A-Z][a-z]+(?:\ \d{4})?|in\ \d{4})",
        "The user's birthday is {what}.", "birthday", exclusive=True, yearly=True, importance=0.8,
    ),
    _rule(
        rf"(?P<what>(?:I(?:'m|\ am)|we(?:'re|\ are))\ (?:also\ )?(?:going\ to\ (?!need|ask|want|call|try|have|do|use|say|be\ able)\w+|{_MOVES})\b[^;.!:()]{{0,140}}?)",
        "{what}.", "plan", Kind.PLAN, dated=True, importance=0.6,
    ),
    _rule(
        r"(?P<what>(?:I(?:'ll|\ will)|we(?:'ll|\ will))\ (?!not\b|never\b|get\b|take\b|have\b|need\b|want\b|be\ back\b|let\b|tell\b|try\b|ask\b|check\b|call\b)\w+\b[^;.!:()]{0,140}?)",
        "{what}.", "plan", Kind.PLAN, dated=True, importance=0.6,
    ),
    _rule(
        rf"(?P<what>(?:my|our)\ (?:\w+\ ){{0,2}}?(?P<who>{_OCCASION})\ is\b(?!\ not\b)[^;.!:()]{{0,100}}?)",
        "{what}.", "{who}", Kind.PLAN, dated=True, importance=0.6,
    ),
    _rule(
        rf"(?P<what>(?:I|we)\ have\ (?:an?|my|our)\ (?:[\w'-]+\ ){{0,3}}?(?P<who>{_OCCASION})\b[^;.!:()]{{0,100}}?)",
        "{what}.", "{who}", Kind.PLAN, dated=True, importance=0.6,
    ),
)  # fmt: skip
LANGUAGE = Language("en", ENGLISH, UNSURE, PAST, RULES, third_person)

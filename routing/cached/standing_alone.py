"""Which messages may be looked up: those that say by themselves what is asked, whoever asks it."""

import re

from routing.cached.normalise import normalised, plain_words
from routing.question import Question

LONGEST = 300  # characters; who writes more tells of a case of their own
MOST_WORDS = 45
POINTING = re.compile(
    r"^(?:and|but|so|then|or|also|what about|how about|what if|in that case|und|aber|oder|et|mais|ou|y"
    r"|pero|e|ma|mas|en|maar)\b|\b(?:the|that|this) (?:first|second|third|last|other|same|former"
    r"|latter) one\b|\b(?:this|that|these|those|such) one?s?$|\b(?:as i said|as mentioned"
    r"|you (?:just )?said|you mentioned|mentioned above|earlier|instead of that)\b"
)
BARE = re.compile(r"\b(?:it|its|that|they|them|their|those|these|he|she|him|her)\b")
EXPLETIVE = re.compile(
    r"\b(?:is|was|will|would|does|has|can|could|how|when|if) (?:there|it (?:possible|ok|okay|allowed|true"
    r"|safe|free|take|cost|rain|snow|work|be possible))\b|\b(?:is|it's|it is) it\b(?= (?:possible|ok|okay"
    r"|allowed|true|safe|free))|\bthat (?=i |you |we |is |are |was |can |do )"
)
REMEMBERED = re.compile(
    r"\b(?:what|which|when|where) did (?:i|we|you) (?:just |last )?(?:say|tell|ask|write|talk|discuss"
    r"|mention)\b|\bdo you (?:still )?remember\b|\bremember (?:me|what i|when i|that i)\b"
    r"|\bwhat do you know about me\b|\blast time\b|\bwhat is my name\b|\bwho am i\b"
)
NUMBERED = re.compile(
    r"\b(?:my|the|for|this|our|meine?|ma|mon|mi|il mio|mijn)?\s*(?:order|invoice|ticket|case|booking"
    r"|reservation|tracking|account|customer|claim|contract|reference|bestellung|rechnung|auftrag"
    r"|commande|facture|pedido|factura|ordine|fattura|encomenda|fatura|bestelling|factuur)(?: (?:number"
    r"|no|nr|id|code|nummer|numéro|número|numero))?(?: is)?[ #:]*(?=[\w-]*\d)[\w-]{3,}\b"
    r"|\b[\w.+-]+@[\w-]+\.\w+\b|\b\d{6,}\b|#\d{3,}"
)
OWN = re.compile(
    r"\b(?:where(?:'s| is| are)|what(?:'s| is| are)|when (?:will|does|is|was|did)|how much (?:is|do|did"
    r"|was|of)|has|did|is|was|are|why (?:is|was|has|did|hasn't|isn't)|wo ist|wann kommt|où est|dónde está"
    r"|dov'è|onde está|waar is) (?:you (?:received?|got|shipped|sent) )?(?:my|mine|i owe|meine?|ma|mon|mi"
    r"|il mio|la mia|o meu|a minha|mijn)\b|\bdo i (?:still )?(?:have(?! to\b)|owe)\b|\b(?:my"
    r"|meine?) (?:current |open |latest |last |recent )?(?:balance|orders?|parcel|package|delivery"
    r"|invoice|bill|refund|points)\b"
)


def why_not(question: Question) -> str:
    """Why the message is not looked up at all; empty when it may be."""
    plain = plain_words(question.text)
    if not question.stands_alone:
        return "leans on the message before"
    if not normalised(question.text):
        return "no words"
    if len(question.text) > LONGEST or plain.count(" ") >= MOST_WORDS:
        return "too long to be one question"
    return _leans(plain, question.messages) or _of_one_contact(question.text.casefold(), plain)


def is_personal(text: str) -> bool:
    """Whether the answer depends on who asks ("where is my parcel"), as far as words tell."""
    return bool(OWN.search(plain_words(text)))


def _leans(plain: str, messages: int) -> str:
    if POINTING.search(plain) and (messages or plain.count(" ") < 4):
        return "points back to something said before"
    rest = EXPLETIVE.sub(" ", plain)
    words = rest.split()
    if messages and len(words) <= 9 and BARE.search(rest) and len([word for word in words if len(word) > 3]) <= 3:
        return "points back to something said before"
    return ""


def _of_one_contact(text: str, plain: str) -> str:
    if REMEMBERED.search(plain):
        return "asks for what was said earlier"
    return "names an order, account or address of one contact" if NUMBERED.search(text) else ""

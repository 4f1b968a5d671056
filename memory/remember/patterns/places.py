"""Whether a word is a place: it begins with a capital, or is one that many people live in."""

import re

PLACE = r"(?P<what>[^\W\d_][\w'.-]{1,30}(?:[ ][\w'.-]{2,30}){0,3}?(?:,\ (?-i:[A-Z])[\w -]{2,30})?)"
KNOWN = frozenset(
    "germany austria switzerland france spain italy portugal england scotland wales ireland netherlands belgium poland denmark sweden "
    "norway finland greece turkey canada mexico brazil argentina chile india china japan australia usa uk us america "
    "deutschland österreich schweiz frankreich spanien italien españa francia francia alemania suisse allemagne espagne "
    "berlin hamburg munich münchen cologne köln frankfurt stuttgart düsseldorf leipzig dresden bremen hannover vienna wien graz zurich "
    "zürich geneva genève basel bern paris lyon marseille toulouse bordeaux lille nantes nice strasbourg madrid barcelona valencia "
    "sevilla bilbao málaga london manchester birmingham leeds glasgow edinburgh bristol liverpool dublin amsterdam rotterdam utrecht "
    "brussels antwerp rome milan naples turin lisbon porto warsaw kraków prague budapest copenhagen stockholm oslo helsinki athens "
    "istanbul toronto montreal vancouver chicago boston seattle houston tokyo sydney melbourne mumbai delhi shanghai".split()
)


def is_place(found: re.Match[str]) -> bool:
    """Each word but small ones begins with a capital, or the whole is a known place."""
    said = found["what"]
    if said.lower() in KNOWN or said.lower() == "new york":
        return True
    words = [
        word
        for word in said.replace(",", " ").split()
        if word not in {"the", "of", "de", "la", "am", "an", "der", "del", "sur", "on"}
    ]
    return bool(words) and all(word[0].isupper() for word in words)

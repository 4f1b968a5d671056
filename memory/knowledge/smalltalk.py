"""What people say that no article answers: greetings, thanks, farewells, "are you a robot?". Fixed, short, honest."""

import re

NO_MODEL = "no language model is configured"

GREETING = (
    r"(?:(?:hi|hey|hello)[ ,]+)?how are you(?: doing)?|hi+|hey+|hello+|hallo|hiya|howdy|greetings|"
    r"good (?:morning|afternoon|evening|day)"
)
THANKS = (
    r"(?:ok(?:ay)?|great|perfect|super|cool)?[ ,]*(?:many )?(?:thanks|thank you|thx|ty|cheers)(?: for .{1,40})?|"
    r"that (?:helped|helps)|great|perfect|super|cool|ok|okay|got it|alright"
)
FAREWELL = (
    r"(?:good ?)?bye+(?: bye)?|see (?:you|ya)(?: later)?|good night|ciao|"
    r"have a (?:nice|good) (?:day|one|evening|weekend)"
)
WHO = (
    r"(?:are you|is this|am i (?:talking|speaking|chatting) (?:to|with)) (?:an? )?(?:real )?"
    r"(?:(?:ro)?bot|human(?: being)?|person|ai|machine|chat ?bot|computer)|who are you|what are you|what can you do"
)
TAIL = r"(?:[ ,]+(?:there|everyone|all|again|bot|team|you|so|very|much|a lot))*"

HELLO = f"Hello! I look up answers in our help articles and quote them ({NO_MODEL} here). What would you like to know?"
WELCOME = "You are welcome! Is there anything else that you would like to know?"
GOODBYE = "Goodbye! Come back whenever you have a question."
MYSELF = (
    f"I am an automatic assistant. Here {NO_MODEL}, so I look for passages in our help articles and quote them. "
    "You can ask to talk to a person at any time."
)
REPLIES = {
    re.compile(f"(?:{pattern}){TAIL}", re.IGNORECASE): reply
    for pattern, reply in ((GREETING, HELLO), (THANKS, WELCOME), (FAREWELL, GOODBYE), (WHO, MYSELF))
}


def small_talk(message: str) -> str | None:
    """A fixed reply if the message is nothing but small talk, else None."""
    if len(message) > 80:
        return None
    said = " ".join(re.sub(r"[^\w\s,]+", " ", message.replace("'", "")).split()).strip(" ,")
    return next((reply for pattern, reply in REPLIES.items() if pattern.fullmatch(said)), None)

"""Long dialogues of two friends with questions whose evidence is known, in LOCOMO's format. Everything is invented.

    python -m bench.locomo FILE --seed 1 --conversations 2

A file is JSON: [{"conversation": [{"id", "sp", "ts", "text"}, …], "questions": [{"q", "evidence": [ids], "cat"}, …]}].
Categories as in LOCOMO: 1 several places, 2 when, 3 inferred, 4 one place. Between the facts there is small talk, and
every fact has near misses: the other speaker says the like of another thing.
"""

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

NAMES = ("Maren", "Tobias", "Ines", "Callum", "Priya", "Jonas", "Leila", "Victor", "Nadia", "Oscar", "Ruth", "Pavel")
SMALL_TALK = (
    "Hey, how have you been?", "Pretty good, thanks! It has been a busy week.", "That sounds lovely, tell me more.",
    "Wow, I did not expect that!", "Haha, classic you.", "I am so happy for you.", "What else is new?",
    "The weather here is awful at the moment.", "I hear you, some days are like that.", "Same here, to be honest.",
    "You always know how to cheer me up.", "Anyway, I should get going soon.", "Let us talk again next week.",
    "Did you sleep well?", "I finally cleaned the kitchen, it took hours.", "Thanks for listening, it means a lot.",
    "No way, really?", "I was just about to call you.", "Good luck with it, keep me posted!", "Sounds like a plan.",
    "I had far too much coffee today.", "My phone battery keeps dying.", "The bus was late again this morning.",
)  # fmt: skip
# what is done, with what: (sentence of the one who did it, answer or follow-up, question, words to fill in)
FACTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("I finally signed up for a {0} class at the community centre.", "Nice, is it hard to learn?",
     "What class did {who} enrol in?", ("pottery", "salsa", "fencing", "calligraphy", "welding", "judo")),
    ("My {0} had to go to the vet, poor thing swallowed a button.", "Oh no, I hope it is nothing serious.",
     "Which pet of {who} was ill?", ("rabbit", "beagle", "parrot", "tabby", "ferret", "tortoise")),
    ("We spent the weekend hiking near {0}, the views were amazing.", "I have wanted to go there for years.",
     "Where did {who} go hiking?", ("Lake Bohinj", "Ben Nevis", "Cinque Terre", "Zermatt", "the Tatras", "Madeira")),
    ("I got the job at the {0}, I start on Monday!", "Congratulations, you worked so hard for it.",
     "Where does {who} work now?", ("bakery", "observatory", "city library", "shipyard", "aquarium", "law firm")),
    ("My sister gave me a {0} for my birthday.", "She always finds the best presents.",
     "What present did {who} receive from a sister?", ("telescope", "record player", "kayak", "sewing machine")),
    ("I cannot eat {0}, my throat swells up.", "Good that you told me before the dinner.",
     "What food is {who} allergic to?", ("peanuts", "shrimp", "kiwi", "sesame", "celery", "hazelnuts")),
    ("I have been reading {0} before bed, can hardly put it down.", "I loved that one as a teenager.",
     "Which book is {who} reading?", ("Middlemarch", "Dune", "Persuasion", "The Hobbit", "Beloved", "Emma")),
    ("We painted the nursery {0} yesterday.", "That will look great with the white furniture.",
     "What colour did {who} choose for the baby's room?", ("sage green", "pale yellow", "sky blue", "lavender")),
    ("My grandmother taught me to cook {0} when I was little.", "You must make it for me one day.",
     "What dish did {who} learn from a grandmother?", ("pierogi", "moussaka", "goulash", "tamales", "pho", "paella")),
    ("I sold the old car and bought a {0} instead.", "Parking will be so much easier.",
     "What vehicle does {who} drive these days?", ("cargo bike", "camper van", "scooter", "pickup", "hatchback")),
    ("I came in {0} in the charity race on Sunday.", "All that training paid off.",
     "How well did {who} do in the run?", ("third", "seventh", "last", "second", "twelfth")),
    ("My brother is moving to {0} with the kids.", "That is so far away, you will miss them.",
     "To which place is the family of {who}'s brother relocating?", ("Toronto", "Lisbon", "Osaka", "Nairobi", "Quito")),
    ("The doctor says I need to give up {0} for a while.", "Your health comes first.",
     "What must {who} avoid on medical advice?", ("running", "coffee", "swimming", "salt", "climbing")),
    ("I adopted a habit of {0} every morning.", "I wish I had your discipline.",
     "What is {who}'s daily routine?", ("meditating", "cold showers", "journaling", "sketching", "stretching")),
)  # fmt: skip
HOBBIES = (
    "birdwatching",
    "chess",
    "baking sourdough",
    "surfing",
    "restoring radios",
    "gardening",
    "geocaching",
    "karaoke",
)
LINKS = (
    "I tried {0} with the neighbours, great fun.",
    "Another thing I got into is {0}.",
    "I spent all evening on {0} again.",
)
SHARED = "Which hobbies has {who} taken up?"
VAGUE = "It went better than I feared, honestly."
ABOUT = ("So how did it go with the {0}?", "Any news about the {0}?", "Are you still happy with the {0}?")
OUTCOME = ("Would {who} be pleased with how the {0} turned out?", "How did {who} feel about the {0} in the end?")


@dataclass
class Dialogue:
    """One conversation as it grows."""

    speakers: tuple[str, str]
    turns: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    session: int = 0
    at: datetime = datetime(2023, 1, 9, 19, 5)  # noqa: DTZ001 - LOCOMO's have no zone either

    def begin(self, chance: random.Random) -> None:
        """Some days later."""
        self.session += 1
        self.at += timedelta(days=chance.randint(2, 16), minutes=chance.randint(1, 300))
        self._number = 0

    def say(self, speaker: int, text: str) -> str:
        """One turn; its id."""
        self._number += 1
        turn = {
            "id": f"D{self.session}:{self._number}",
            "sp": self.speakers[speaker],
            "ts": self.at.isoformat(),
            "text": text,
        }
        self.turns.append(turn)
        return str(turn["id"])

    def ask(self, question: str, evidence: list[str], category: int) -> None:
        """A question for the end."""
        self.questions.append({"q": question, "evidence": evidence, "cat": category})


def generate(seed: int, conversations: int = 3, sessions: int = 22) -> list[dict[str, Any]]:
    """So many dialogues of about 450 turns each."""
    chance = random.Random(seed)
    return [_dialogue(chance, sessions) for _ in range(conversations)]


def _dialogue(chance: random.Random, sessions: int) -> dict[str, Any]:
    one = Dialogue(tuple(chance.sample(NAMES, 2)))  # type: ignore[arg-type]
    facts = list(_facts(chance))
    hobbies: dict[int, list[str]] = {0: [], 1: []}
    for number in range(sessions):
        one.begin(chance)
        _chat(one, chance, 4)
        for fact in facts[number::sessions]:
            _tell(one, chance, *fact)
        if number % 4 == 1:
            who = chance.randrange(2)
            hobbies[who].append(one.say(who, chance.choice(LINKS).format(HOBBIES[(2 * number + who) % len(HOBBIES)])))
        _chat(one, chance, 3)
    for who, evidence in hobbies.items():
        if len(evidence) > 1:
            one.ask(SHARED.format(who=one.speakers[who]), evidence, 1)
    return {"conversation": one.turns, "questions": one.questions}


def _facts(chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Each fact of both speakers, each with another word, in any order: who, which, with what."""
    facts = [
        (who, which, word)
        for which, (_, _, _, words) in enumerate(FACTS)
        for who, word in enumerate(chance.sample(words, 2))
    ]
    yield from chance.sample(facts, len(facts))


def _tell(one: Dialogue, chance: random.Random, who: int, which: int, word: str) -> None:
    said, answer, question, _ = FACTS[which]
    name = one.speakers[who]
    told = one.say(who, said.format(word))
    one.say(1 - who, answer)
    if chance.random() < 0.4:
        one.ask(f"When did {name} mention the {word}?", [told], 2)
    else:
        one.ask(question.format(who=name), [told], 4)
    if chance.random() < 0.5:
        _chat(one, chance, 1)
        one.say(1 - who, chance.choice(ABOUT).format(word))
        reply = one.say(who, VAGUE)
        one.ask(chance.choice(OUTCOME).format(word, who=name), [reply], 3)


def _chat(one: Dialogue, chance: random.Random, most: int) -> None:
    for number in range(chance.randint(1, most) * 2):
        one.say(number % 2, chance.choice(SMALL_TALK))


def main() -> None:
    """Write a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--conversations", type=int, default=3)
    options = parser.parse_args()
    options.file.write_text(
        json.dumps(generate(options.seed, options.conversations), indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()

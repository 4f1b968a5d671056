"""Contacts of the invented month: some come again, and identified ones have names and memories."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

FIRST = (
    "Ada", "Björn", "Chiara", "Dmitri", "Elif", "Fatima", "Georg", "Hana", "Ines", "Jonas", "Karim", "Leonie", "Mateo",
    "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Tomasz", "Ulla", "Viktor", "Wanda", "Yusuf", "Zoe",
)  # fmt: skip
LAST = (
    "Abel", "Berger", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kowalski",
    "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov", "Rossi", "Silva", "Takacs", "Weber",
)  # fmt: skip
MEMORIES = (
    ("preference", "bicycle", "Rides a steel touring bicycle with a rear rack."),
    ("fact", "address", "Lives in Lyon and has parcels sent to a pick-up point."),
    ("preference", "size", "Wears jackets in size M, trousers in L."),
    ("event", "order", "Ordered two panniers in October and returned one of them."),
    ("plan", "journey", "Plans a tour along the Danube next spring."),
    ("preference", "language", "Prefers short answers in English."),
    ("fact", "account", "Has a trade account for a small bicycle workshop."),
    ("event", "repair", "Had the zip of a saddle bag repaired under warranty."),
)
EACH = 150  # contacts of a site and an audience


@dataclass(frozen=True)
class Person:
    """A contact that is yet to be written."""

    id: uuid.UUID
    site: int
    audience: int  # place in the cast
    key: str
    name: str
    email: str


def crowd(sites: tuple[int, ...], random: np.random.Generator) -> dict[tuple[int, int], list[Person]]:
    """By place of the site and of the audience in the cast."""
    return {
        (place, audience): [_person(site, audience, number, random) for number in range(EACH)]
        for place, site in enumerate(sites)
        for audience in range(3)
    }


def _person(site: int, audience: int, number: int, random: np.random.Generator) -> Person:
    number_of = uuid.UUID(bytes=random.bytes(16), version=4)
    if not audience:
        return Person(number_of, site, 0, f"anon:demo-{number_of.hex}", "", "")
    first, last = FIRST[int(random.integers(len(FIRST)))], LAST[int(random.integers(len(LAST)))]
    email = f"{first}.{last}.{number}@example.com".lower().replace("ö", "o")
    return Person(number_of, site, audience, f"id:demo-{audience}-{number}", f"{first} {last}", email)


def contact_row(person: Person, audiences: tuple[int, ...], first: datetime, last: datetime) -> tuple[Any, ...]:
    """For `CONTACT`: only those whose audience is given have it in their row."""
    given = audiences[2] if person.audience == 2 else None
    return person.id, person.site, person.key, person.name, person.email, given, first, last


def memory_rows(person: Person, said_at: datetime, random: np.random.Generator) -> list[tuple[Any, ...]]:
    """What is remembered of an identified contact."""
    count = int(random.integers(0, 4)) if person.audience else 0
    chosen = random.choice(len(MEMORIES), count, replace=False)
    return [(person.id, *MEMORIES[place], said_at, "model", "", 0.9, 0.5) for place in chosen]

"""What is redacted, by the built-in finders and by an administrator's patterns; many texts at once as each alone."""

import random
import re
import uuid

import pytest
from django.urls import reverse

from observability.logs import Kind, current, record
from observability.logs.deciding import decide_due
from observability.logs.writing import flush
from observability.models import LogRecord, LogSettings, RedactionPattern
from observability.redaction import Custom, Rules, Scanner, Sort, all_redacted, redacted, redacted_text
from parley.patterns import compiled
from tests.observability.logs_cast import fresh, share

TALK = uuid.UUID(int=7)
PIECES = (
    "write to ada@shop.example", "call me: 030 1234567", "password is hunter22", "4111 1111 1111 1111", "hello",
    "DE89 3704 0044 0532 0130 00", "https://ada:secretpw@host/", "192.168.1.20", "Bearer", "abcdefghijklmnop", "pin",
    "1234", "a@", "b.com", "tschüß", "\ud800", "-----BEGIN PRIVATE KEY-----", "order AB-12345", "x" * 250, "", "\n",
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "sort"),
    [
        ("write to ada@shop.example please", Sort.EMAIL),
        ("my card is 4111 1111 1111 1111.", Sort.CARD),
        ("IBAN DE89 3704 0044 0532 0130 00", Sort.BANK),
        ("the key is sk-abcdefghijklmnopqrstuvwx", Sort.KEY),
        ("my password is hunter22", Sort.PASSWORD),
        ("call me: 030 1234567", Sort.PHONE),
        ("from 192.168.1.20", Sort.ADDRESS),
        ("passport C01X00T47", Sort.IDENTITY),
    ],
)
def test_each_sort_is_named_and_can_be_switched_off(said, sort):
    assert f"[{sort} ~" in redacted_text(said, Rules(), TALK)
    assert redacted_text(said, Rules(Scanner(frozenset(Sort))), TALK) == said


def test_a_sentence_keeps_the_full_stop_after_a_password():
    said = redacted_text("My password is hunt.er2. The PIN is 1234 5678. Thanks.", Rules(), TALK)
    assert re.fullmatch(r"My password is \[password ~\w+\]\. The PIN is \[password ~\w+\]\. Thanks\.", said)


def test_what_has_nothing_to_redact_comes_back_as_it_is_and_no_neighbour_is_missed():
    plain = {"text": "Hello", "way": Sort.EMAIL, "near": [{"score": 0.5, "words": ("a", "b")}]}
    mixed = {"a": "Hello", "list": ["x", ("y", "to ada@shop.example")], "b": {"c": "my password is hunter22"}}
    for first, second in ((plain, mixed), (mixed, plain)):
        together = all_redacted([(first, TALK), (second, TALK), ({"token": "abc", "text": "x"}, TALK)], Rules())
        assert together[2] == {"token": "[masked]", "text": "x"}
        found = together[0] if first is mixed else together[1]
        assert (together[1] if first is mixed else together[0]) is plain
        assert found["a"] == found["list"][0].replace("x", "Hello") == "Hello"
        assert found["list"][1][0] == "y"
        assert found["list"][1][1].startswith("to [e-mail ~")
        assert found["b"]["c"].startswith("my password is [password ~")
    assert mixed["b"] == {"c": "my password is hunter22"}


def test_a_value_has_one_name_in_a_conversation_and_another_in_the_next():
    first = redacted({"a": "ada@shop.example", "b": "to Ada@Shop.example"}, Rules(), TALK)
    assert first["b"] == f"to {first['a']}"
    assert redacted_text("ada@shop.example", Rules(), uuid.UUID(int=8)) != first["a"]


def test_fields_that_hold_secrets_are_masked_whatever_is_in_them():
    data = {"Api-Key": "plain", "nested": [{"PASSWORD": 1234, "token": ""}], "ada@shop.example": 1}
    masked = redacted(data, Rules(), TALK)
    assert masked["Api-Key"] == "[masked]"
    assert masked["nested"] == [{"PASSWORD": "[masked]", "token": ""}]
    assert "ada@shop.example" not in masked


@pytest.mark.parametrize("custom", [(), (Custom("order", compiled("[A-Z]{2}-[0-9]{5}", case_sensitive=True)),)])
def test_many_texts_at_once_come_out_as_each_alone(custom):
    chance = random.Random(3)
    texts = [chance.choice((" ", "", "\n")).join(chance.choices(PIECES, k=chance.randint(1, 4))) for _ in range(800)]
    together = all_redacted([(text, TALK) for text in texts], Rules(Scanner(custom=custom)))
    assert together == [redacted_text(text, Rules(Scanner(custom=custom)), TALK) for text in texts]


def test_what_an_administrator_adds_is_never_held(db, redis_clean, monkeypatch):
    fresh(monkeypatch)
    share(100)
    RedactionPattern.objects.create(name="order number", pattern=r"\bAB-[0-9]{5}\b")
    RedactionPattern.objects.create(name="off", pattern="parcel", enabled=False)
    LogSettings.objects.update_or_create(pk=1, defaults={"masked_keys": "locker", "shown": [Sort.PHONE]})
    LogSettings.objects.filter(pk=1).update(hold_minutes=0)
    current.forget()
    talk = uuid.uuid4()
    record(talk, Kind.NOTE, {"text": "parcel ab-12345, 030 1234567", "Locker": 7})
    flush()
    held = redis_clean.lrange(f"parley:{{held}}:{talk.hex}:first", 0, -1)
    assert held
    decide_due()
    [row] = LogRecord.objects.filter(conversation=talk)
    assert row.content == {"text": "parcel [order number 1], 030 1234567", "Locker": "[masked]"}
    LogSettings.objects.all().delete()
    RedactionPattern.objects.all().delete()
    current.forget()


def test_a_text_can_be_tried_without_being_stored(client, administrator):
    client.force_login(administrator)
    address = reverse("admin:observability_logsettings_try")
    page = client.post(address, {"text": "<b>ada@shop.example</b> and again ada@shop.example"}).content.decode()
    assert "2 found" in page
    assert "&lt;b&gt;[e-mail 1]&lt;/b&gt; and again [e-mail 1]" in page
    assert "an e-mail address" in page


def test_a_pattern_that_cannot_work_is_refused_with_the_reason(client, administrator):
    client.force_login(administrator)
    address = reverse("admin:observability_redactionpattern_add")
    given = {"name": "broken", "pattern": "(unclosed", "enabled": "on"}
    assert client.post(address, given).status_code == 200
    assert not RedactionPattern.objects.exists()
    assert client.post(address, {**given, "pattern": "AB-[0-9]+"}).status_code == 302
    RedactionPattern.objects.all().delete()


def test_a_text_that_cannot_be_looked_through_is_not_shown_and_takes_no_other_along(monkeypatch):
    rules = Rules()
    real = Scanner._all
    broken = lambda self, text, *more: real(self, text, *more) if "b@" in text else 1 / 0  # noqa: E731
    monkeypatch.setattr(Scanner, "_all", broken)
    first, second = all_redacted([("a@shop.example", TALK), ("b@shop.example", TALK)], rules)
    assert first == "[unreadable]"
    assert second.startswith("[e-mail ~")

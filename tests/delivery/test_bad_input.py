"""What a client may get wrong: each has its documented error, by websocket and by HTTP, and nothing falls over."""

import json
import uuid
from contextlib import suppress

import httpx
import pytest
import websockets

from tests.chat import Chat, Refused
from tests.seed import ORIGIN

SURROGATE = '{"type": "ping", "id": "\\ud800"}'
NOT_FRAMES = {
    "nothing": ("", "bad_frame"),
    "no JSON": ("{", "bad_frame"),
    "a list": ("[]", "bad_frame"),
    "a word": ('"message"', "bad_frame"),
    "nested": ("[" * 60_000 + "]" * 60_000, "bad_frame"),
    "nested objects": ('{"a":' * 20_000 + "1" + "}" * 20_000, "bad_frame"),
    "an endless number": ('{"type": "ping", "id": ' + "9" * 6000 + "}", "bad_frame"),
    "without a type": ('{"text": "Hello"}', "bad_frame"),
    "a type that is a list": ('{"type": ["message"]}', "bad_frame"),
    "an unknown type": ('{"type": "dance"}', "unknown_type"),
}
BAD_FIELDS = {
    "no id": ({"type": "message", "id": None, "text": "Hello"}, "bad_value"),
    "an id that is no UUID": ({"type": "message", "id": "1", "text": "Hello"}, "bad_value"),
    "an id that is a list": ({"type": "message", "id": [1], "text": "Hello"}, "bad_value"),
    "a text that is a number": ({"type": "message", "text": 5}, "bad_value"),
    "an empty text": ({"type": "message", "text": ""}, "empty"),
    "blanks": ({"type": "message", "text": " \n\t\u2003"}, "empty"),
    "NULs only": ({"type": "message", "text": "\x00\x00"}, "empty"),
    "too long a text": ({"type": "message", "text": "a" * 8001}, "too_long"),
    "a rating that is a list": ({"type": "rate", "message": 1, "value": []}, "bad_value"),
    "a rating of true": ({"type": "rate", "message": 1, "value": True}, "bad_value"),
    "a rating of 5": ({"type": "rate", "message": 1, "value": 5}, "bad_value"),
    "a rating of no message": ({"type": "rate", "message": 1, "value": 1}, "no_message"),
    "a message number beyond any": ({"type": "rate", "message": 2**70, "value": 1}, "bad_value"),
    "solved: maybe": ({"type": "solved", "value": "maybe"}, "bad_value"),
    "a reason that is an object": ({"type": "escalate", "reason": {"a": 1}}, "bad_value"),
    "history before nothing": ({"type": "history", "before": None}, "bad_value"),
    "a report without text": ({"type": "report"}, "bad_value"),
}


@pytest.fixture
async def chat(live_stack):
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        yield chat


@pytest.mark.parametrize("case", NOT_FRAMES)
async def test_what_is_no_frame_gets_an_error_and_the_connection_goes_on(chat, case):
    content, code = NOT_FRAMES[case]
    await chat.connect()
    await chat.send_raw(content)
    assert (await chat.wait_for_error(code))["message"]
    assert (await chat.send({"type": "ping"}))["type"] == "pong"
    response = await chat.post(None, content=content.encode(), json=None)
    assert (response.status_code, response.json()["code"]) == (400, code)


@pytest.mark.parametrize("case", BAD_FIELDS)
async def test_a_field_that_does_not_fit_gets_an_error_that_names_the_frame(chat, case):
    frame, code = BAD_FIELDS[case]
    await chat.connect()
    reply = await chat.send(frame) if frame.get("id", "") == "" else await refusal(chat, frame)
    assert (reply["type"], reply["code"]) == ("error", code)
    assert reply["message"]
    assert (await chat.send({"type": "ping"}))["type"] == "pong"
    response = await chat.post({"id": str(uuid.uuid4()), **frame})
    assert 400 <= response.status_code < 500
    assert response.json()["code"] == code


async def refusal(chat, frame):
    """The error to a frame whose own id is what is wrong with it."""
    await chat.send_raw(json.dumps(frame))
    return await chat.wait_for_error("bad_value")


@pytest.mark.parametrize("text", [SURROGATE, '{"type": "ping", "id": NaN}', '{"type": "ping", "id": {"a": [1]}}'])
async def test_a_strange_reference_does_not_end_the_connection(chat, text):
    await chat.connect()
    await chat.send_raw(text)
    assert (await chat.send({"type": "ping"}))["type"] == "pong"
    assert (await chat.post(None, content=text.encode(), json=None)).status_code < 500


async def test_binary_frames_get_an_error(chat):
    await chat.connect()
    await chat.send_raw(b"\x00\xff\xfe")
    await chat.wait_for_error("bad_frame")
    response = await chat.post(None, content=b"\x00\xff\xfe", json=None)
    assert (response.status_code, response.json()["code"]) == (400, "bad_frame")


async def test_a_huge_frame_ends_the_connection_with_its_code_and_a_huge_body_is_refused(chat):
    huge = json.dumps({"type": "message", "id": str(uuid.uuid4()), "text": "a" * 1_000_000})
    await chat.connect()
    await chat.wait_for("snapshot")
    with suppress(websockets.ConnectionClosed):  # the server may close before it has read all of it
        await chat.send_raw(huge)
    assert await chat.wait_for_close() in {1009, 4413}
    response = await chat.post(None, content=huge.encode(), json=None)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "text", ["a" * 8000, "\U0001f600" * 8000, "Hello\x00World", "\ud800 alone", "<script>alert(1)</script>"]
)
async def test_any_text_within_the_limit_is_kept_as_it_was_meant(live_stack, chat, text):
    await chat.connect()
    ack = await chat.send({"type": "message", "text": text})
    assert ack["type"] == "ack"
    accepted = await chat.wait_for("accepted")
    assert accepted["message"]["text"] == text.replace("\x00", "").replace("\ud800", "?")
    assert accepted["message"]["html"] is None
    await chat.answer(ack)


@pytest.mark.parametrize("token", ["", "nonsense", "a" * 5000, None, 5, ["x"]])
async def test_a_token_that_is_none_of_ours_opens_nothing(chat, token):
    good, chat.token = chat.token, token
    await chat.connect()
    assert await chat.wait_for_close() == 4401
    assert chat.errors[0]["code"] == "bad_token"
    chat.token = token if token and isinstance(token, str) else "x"
    for response in (await chat.post({"type": "ping"}), await chat._http.get(stream_of(chat), headers=chat.headers)):
        assert (response.status_code, response.json()["code"]) == (401, "bad_token")
    chat.token = good
    assert (await chat.post({"type": "ping"})).status_code == 200


def stream_of(chat):
    return f"{chat.base}/api/v1/conversations/{chat.conversation}/stream"


async def test_somebody_elses_conversation_is_as_good_as_none(live_stack, chat):
    await chat.connect()
    ack = await chat.say("My secret question")
    async with Chat(live_stack.web[1].url) as thief:
        await thief.open()
        own, thief.conversation = thief.conversation, chat.conversation
        await thief.connect()
        assert await thief.wait_for_close() == 4404
        assert thief.events == []
        for frame in ({"type": "message", "text": "Mine now"}, {"type": "history", "before": ack["message"] + 1}):
            response = await thief.post({"id": str(uuid.uuid4()), **frame})
            assert (response.status_code, response.json()["code"]) == (404, "no_conversation")
        with pytest.raises(Refused, match="no_conversation"):
            await thief.poll()
        assert (await thief._http.get(stream_of(thief), headers=thief.headers)).status_code == 404
        assert (await thief.open(conversation=chat.conversation))["conversation"] != chat.conversation
        thief.conversation = own
        await thief.disconnect()
        await thief.connect()
        rated = await thief.send({"type": "rate", "message": ack["message"], "value": 1})
        assert rated["code"] == "no_message"
    await chat.answer(ack)
    assert ("contact", "Mine now") not in chat.seen.texts()


async def test_a_conversation_that_somebody_else_began_meanwhile_is_not_given_away(live_stack, chat):
    async with Chat(live_stack.web[1].url) as thief:
        await thief.open()
        thief.conversation = chat.conversation  # guessed before its owner wrote the first message
        await thief.connect()
        await thief.wait_for("snapshot")
        await chat.connect()
        await chat.answer(await chat.say("My secret question"))
        assert await thief.wait_for_close() == 4404
        assert [event["type"] for event in thief.events] == ["snapshot"]


async def test_a_session_that_was_withdrawn_is_refused(live_stack, chat):
    await chat.connect()
    await chat.answer(await chat.say("Hello"))
    await chat.disconnect()
    contact = "SELECT contact_id FROM conversations_conversation WHERE id = %s"
    live_stack.rows(f"UPDATE people_contact SET token_version = 2 WHERE id = ({contact})", chat.conversation)
    await chat.connect()
    assert await chat.wait_for_close() == 4401
    assert (await chat.post({"type": "ping"})).status_code == 401


async def test_a_page_of_a_foreign_origin_is_turned_away_and_one_that_is_listed_is_not(chat):
    for origin, status in (("https://evil.example", 403), ("null", 403), (ORIGIN, 200), (chat.base, 200)):
        response = await chat._http.post(
            f"{chat.base}/api/v1/session", json={"site": "demo"}, headers={"Origin": origin}
        )
        assert response.status_code == status, origin
        assert (response.status_code == 200) == ("token" in response.json())
        sent = await chat.post({"type": "ping"}, headers={**chat.headers, "Origin": origin})
        assert sent.status_code == status, origin
    address = chat.base.replace("http", "ws") + "/ws/v1/"
    hello = {"type": "hello", "token": chat.token, "conversation": chat.conversation, "cursor": None}
    async with websockets.connect(address, origin="https://evil.example", proxy=None) as socket:
        await socket.send(json.dumps(hello))
        assert json.loads(await socket.recv())["code"] == "foreign_origin"
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4403
    async with websockets.connect(address, origin=ORIGIN, proxy=None) as socket:
        await socket.send(json.dumps(hello))
        assert json.loads(await socket.recv())["type"] == "snapshot"


async def test_a_socket_that_does_not_say_hello_first_is_closed(chat):
    address = chat.base.replace("http", "ws") + "/ws/v1/"
    async with websockets.connect(address, proxy=None) as socket:
        await socket.send('{"type": "ping"}')
        assert json.loads(await socket.recv())["code"] == "no_hello"
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4408


@pytest.mark.parametrize("cursor", ["x", "a:b", ":", "ffffff:99999999999999999999", "\x00", "a" * 5000])
async def test_a_cursor_that_is_none_gets_a_snapshot(chat, cursor):
    chat.cursor = cursor
    await chat.connect()
    await chat.wait_for("snapshot")
    await chat.disconnect()
    chat.cursor = cursor
    assert [event["type"] for event in await chat.poll()] == ["snapshot"]


@pytest.mark.parametrize("wait", ["-1", "26", "nan", "soon", "inf"])
async def test_a_wait_that_is_none_is_refused(chat, wait):
    address = f"{chat.base}/api/v1/conversations/{chat.conversation}/events"
    response = await chat._http.get(address, params={"wait": wait}, headers=chat.headers)
    assert (response.status_code, response.json()["code"]) == (400, "bad_value")


async def test_a_site_that_does_not_exist_is_named_as_such(live_stack):
    async with Chat(live_stack.web[0].url, "nowhere") as chat:
        with pytest.raises(Refused, match="no_site") as refused:
            await chat.open()
        assert refused.value.status == 404


async def test_a_method_or_an_address_that_is_none_of_ours_shows_no_traces(live_stack):
    async with httpx.AsyncClient(base_url=live_stack.web[0].url) as http:
        assert (await http.get("/api/v1/session")).status_code == 405
        for path in ("/api/v1/conversations/not-a-uuid/events", "/api/v1/nothing", "/%00"):
            response = await http.get(path)
            assert response.status_code == 404
            assert "Traceback" not in response.text

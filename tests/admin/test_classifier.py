"""The classifier in the admin: labelling, training, comparing, going live and back."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from conversations.models import Conversation, Message, Rating, Role
from routing import vectors
from routing.classifier import forget, jobs
from routing.models import ClassifierVersion, RoutingLabel
from tests.routing.classifier.conftest import COMPLEX, SIMPLE, as_embedder

LIST = reverse("admin:routing_classifierversion_changelist")
NEXT = reverse("admin:routing_routinglabel_next")
SAY = reverse("admin:routing_routinglabel_say")


@pytest.fixture(autouse=True)
def embedder():
    """One that costs nothing."""
    before = list(vectors._registered)
    as_embedder("small")
    yield
    vectors._registered[:] = before
    forget()


@pytest.fixture
def said(alice) -> list[Message]:
    """Three messages of a visitor, and an answer."""
    talk = Conversation.objects.create(site=alice.site, contact=alice)
    texts = ["Where is <b>it</b>?", "Compare the plans", "hello"]
    messages = [talk.messages.create(role=Role.CONTACT, text=text) for text in texts]
    talk.messages.create(role=Role.BOT, text="An answer")
    return messages


def page(number: int) -> str:
    return reverse("admin:routing_classifierversion_change", args=[number])


def click(client: Client, what: str, number: int | None = None, **values) -> str:
    """The page after the click."""
    args = [number] if number is not None else []
    response = client.post(reverse(f"admin:routing_classifierversion_{what}", args=args), values, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_messages_come_one_after_the_other_until_all_are_labelled_and_the_last_word_can_be_undone(olga, said) -> None:
    shown = []
    for value in ("simple", "complex", "skip"):
        message = olga.get(NEXT).context["message"]
        shown.append(message.id)
        olga.post(NEXT, {"message_id": message.id, "value": value})
    assert sorted(shown) == [message.pk for message in said]
    last = olga.get(NEXT).content.decode()
    assert "2 of 50" in last
    assert "All recent messages are labelled or skipped" in last
    assert set(RoutingLabel.objects.values_list("message_id", "value")) == {(shown[0], "simple"), (shown[1], "complex")}
    olga.post(NEXT, {"value": "undo"})
    assert olga.get(NEXT).context["message"].id == shown[1]
    assert RoutingLabel.objects.count() == 1


def test_the_message_is_escaped_and_an_answer_cannot_be_labelled(olga, said) -> None:
    for message in said[1:]:
        olga.post(NEXT, {"message_id": message.pk, "value": "skip"})
    assert "Where is &lt;b&gt;it&lt;/b&gt;?" in olga.get(NEXT).content.decode()
    answer = Message.objects.get(role=Role.BOT)
    for number in (str(answer.pk), "", "x", "9" * 30):
        olga.post(SAY, {"message_id": number, "value": "simple"})
    assert not RoutingLabel.objects.exists()


def test_one_click_labels_a_message_of_a_transcript_and_goes_back_there_only(olga, said) -> None:
    back = olga.post(SAY, {"message_id": said[0].pk, "value": "complex", "next": "/admin/"})
    assert back.url == "/admin/"
    away = olga.post(SAY, {"message_id": said[0].pk, "value": "simple", "next": "https://evil.example/"})
    assert away.url == NEXT
    label = RoutingLabel.objects.get()
    assert (label.value, label.source, label.text) == ("simple", "person", said[0].text)


def test_a_thumb_down_for_a_small_models_answer_is_a_weak_label_until_it_is_taken_back(said, model) -> None:
    from conversations.labels import weak_labels
    from conversations.models import Turn, TurnState

    def answered(message: Message, size: str) -> None:
        model.size = size
        model.save()
        turn = Turn.objects.create(
            conversation=message.conversation, message=message, state=TurnState.ANSWERED, model=model,
            answered_by="model",
        )  # fmt: skip
        answer = message.conversation.messages.create(role=Role.BOT, text="So", turn=turn)
        Rating.objects.create(message=answer, value=Rating.Value.DOWN)

    answered(said[0], "small")
    assert [(label.message_id, label.source) for label in weak_labels()] == [(said[0].pk, "thumb")]
    Rating.objects.update(value=Rating.Value.UP)
    assert weak_labels() == []
    Rating.objects.update(value=Rating.Value.DOWN)
    model.size = "large"
    model.save()
    assert weak_labels() == []


def test_fifty_labels_train_compare_go_live_move_the_threshold_and_go_back(olga, redis_clean, db) -> None:
    assert "there are no labels yet" in trained(olga).lower()
    sides = {"simple": SIMPLE[:25], "complex": COMPLEX[:25]}
    RoutingLabel.objects.bulk_create(
        RoutingLabel(text=text, value=value) for value, texts in sides.items() for text in texts
    )
    assert "Trained. AUC" in trained(olga)
    version = ClassifierVersion.objects.get()
    shown = olga.get(page(version.pk)).content.decode()
    assert "Against what was running: Starter weights" in shown
    assert shown.count('class="parley-plot"') == 2
    assert "decides now" in click(olga, "live", version.pk, instead_of="")
    assert "is live already" in click(olga, "live", version.pk, instead_of="")
    point = version.report["curve"][0]["threshold"]
    assert f"is {point:.3f} now" in click(olga, "threshold", version.pk, threshold=repr(point))
    assert "not on this version" in click(olga, "threshold", version.pk, threshold="0.123")
    assert ClassifierVersion.objects.get().threshold == point
    assert "The starter weights decide again" in click(olga, "back", instead_of=version.pk)
    assert "Somebody was faster" in click(olga, "back", instead_of=version.pk)


def trained(client: Client) -> str:
    """The list's page after a training that a worker would do."""
    click(client, "train", missed="5")
    assert "under way already" in click(client, "train", missed="5")
    jobs.train_now(0.05, None)
    return client.get(LIST).content.decode()


def test_a_share_that_is_no_number_is_refused(olga, redis_clean) -> None:
    for typed in ("", "many", "0", "150", "nan"):
        assert "as a number from 0.1 to 99" in click(olga, "train", missed=typed)


def test_who_may_only_look_has_no_buttons_and_cannot_click(db) -> None:
    user = User.objects.create_user("lina", password="some long password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_classifierversion"))
    client = Client()
    client.force_login(user)
    version = ClassifierVersion.objects.create(embedder="small", weights={}, threshold=0.5)
    assert "Train</button>" not in client.get(LIST).content.decode()
    assert "Go live" not in client.get(page(version.pk)).content.decode()
    for address in (
        reverse("admin:routing_classifierversion_train"),
        reverse("admin:routing_classifierversion_back"),
        reverse("admin:routing_classifierversion_live", args=[version.pk]),
        reverse("admin:routing_classifierversion_threshold", args=[version.pk]),
        NEXT,
        SAY,
    ):
        assert client.post(address).status_code == 403


def test_weights_that_do_not_fit_cannot_go_live(olga) -> None:
    version = ClassifierVersion.objects.create(embedder="small", weights={"format": 99}, threshold=0.5)
    assert "another version of Parley" in click(olga, "live", version.pk, instead_of="")
    assert not ClassifierVersion.objects.filter(live=True).exists()

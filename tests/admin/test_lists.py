"""Every list opens, with data, in a number of queries that does not grow with it."""

import pytest
from django.test import Client

from conversations.models import Conversation, Escalation, Message, ProblemReport, Role, Turn
from people.models import Contact, Site
from routing.models import Model, Provider

LISTS = (
    "conversations/conversation",
    "conversations/escalation",
    "conversations/problemreport",
    "conversations/turn",
    "people/contact",
    "people/site",
    "people/audiencetier",
    "routing/provider",
    "routing/model",
    "memory/article",
    "auth/user",
    "auth/group",
)


@pytest.fixture
def busy(site: Site, conversation: Conversation, provider: Provider) -> None:
    """Twenty more of everything."""
    contacts = Contact.objects.bulk_create(Contact(site=site, key=f"anon:{number}") for number in range(20))
    talks = Conversation.objects.bulk_create(
        Conversation(site=site, contact=contact, title=f"Question {number}") for number, contact in enumerate(contacts)
    )
    messages = Message.objects.bulk_create(
        Message(conversation=talk, role=Role.CONTACT, text=talk.title) for talk in talks
    )
    Turn.objects.bulk_create(Turn(conversation=message.conversation, message=message) for message in messages)
    Escalation.objects.bulk_create(Escalation(conversation=talk, reason="please") for talk in talks)
    ProblemReport.objects.bulk_create(ProblemReport(conversation=talk, text="broken") for talk in talks)
    Model.objects.bulk_create(Model(provider=provider, name=f"model-{number}") for number in range(20))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_opens_in_few_queries(olga: Client, busy: None, name: str, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(20):
        assert olga.get(f"/admin/{name}/").status_code == 200


def test_the_first_page_counts_honestly(olga: Client, busy: None, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(24):
        shown = olga.get("/admin/")
    cards = {card.title: card for card in shown.context["cards"]}
    assert cards["Open escalations"].value == 21
    assert cards["Turns waiting"].value == 20
    assert cards["Failed in the last day"].value == 1
    assert cards["Problem reports"].value == 21
    assert cards["Conversations today"].value == 21
    assert cards["Answers come from"].value == "small"


def test_the_first_page_says_when_no_provider_can_answer(olga: Client) -> None:
    cards = {card.title: card for card in olga.get("/admin/").context["cards"]}
    assert cards["Answers come from"].value == "articles"
    assert "no model is ready" in cards["Answers come from"].note


def test_the_inbox_puts_the_longest_waiting_first_and_the_side_bar_counts_them(olga: Client, busy: None) -> None:
    oldest = Escalation.objects.order_by("created_at").first()
    closed = Escalation.objects.order_by("created_at")[1]
    Escalation.objects.filter(pk=closed.pk).update(closed_at=closed.created_at)
    shown = olga.get("/admin/conversations/escalation/")
    rows = list(shown.context["cl"].result_list)
    assert rows[0] == oldest
    assert rows[-1] == closed
    links = [item for group in shown.context["sidebar_navigation"] for item in group["items"]]
    assert next(item["badge"] for item in links if item["title"] == "Escalations") == 20


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=parcel", 1),
        ("q=ALICE@shop", 1),
        ("q=Question+7", 1),
        ("q=nowhere", 0),
        ("q=%00", 21),
        ("solved=unknown", 21),
        ("solved=yes", 0),
        ("escalated=yes", 21),
        ("escalated=no", 0),
        ("last_turn=queued", 20),
        ("last_turn=failed", 1),
        ("handler__exact=bot", 21),
    ],
)
def test_conversations_are_found_by_words_people_and_states(olga: Client, busy: None, query: str, found: int) -> None:
    response = olga.get(f"/admin/conversations/conversation/?{query}")
    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == found


def test_a_conversation_is_found_by_its_id(olga: Client, conversation: Conversation, busy: None) -> None:
    response = olga.get(f"/admin/conversations/conversation/?q={conversation.pk}")
    assert list(response.context["cl"].result_list) == [conversation]


def test_a_contact_leads_to_what_it_wrote_and_can_be_signed_out(
    olga: Client, conversation: Conversation, busy: None
) -> None:
    alice = conversation.contact
    shown = olga.get(f"/admin/people/contact/{alice.pk}/change/").content.decode()
    address = f"/admin/conversations/conversation/?contact__id__exact={alice.pk}"
    assert address in shown
    assert list(olga.get(address).context["cl"].result_list) == [conversation]
    olga.post("/admin/people/contact/", {"action": "sign_out_everywhere", "_selected_action": [alice.pk]})
    assert Contact.objects.get(pk=alice.pk).token_version == 2


def test_a_report_opens_the_message_and_is_marked_handled(olga: Client, conversation: Conversation) -> None:
    report = ProblemReport.objects.get()
    opened = olga.get(f"/admin/conversations/problemreport/{report.pk}/change/")
    assert opened["Location"].endswith(f"{conversation.pk}/change/#message-{report.message_id}")
    olga.post("/admin/conversations/problemreport/", {"action": "mark_handled", "_selected_action": [report.pk]})
    report.refresh_from_db()
    assert report.handled_at is not None


def test_an_escalation_opens_the_transcript(olga: Client, conversation: Conversation) -> None:
    escalation = Escalation.objects.get()
    opened = olga.get(f"/admin/conversations/escalation/{escalation.pk}/change/")
    assert opened["Location"].endswith(f"/conversation/{conversation.pk}/change/")


def test_a_list_of_everything_does_not_offer_to_show_all(olga: Client, conversation: Conversation, busy: None) -> None:
    assert "Show all" not in olga.get("/admin/conversations/conversation/").content.decode()
    assert "Show all" in olga.get("/admin/conversations/conversation/?q=parcel").content.decode()

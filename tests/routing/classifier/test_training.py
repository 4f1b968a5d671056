"""Training on labels: enough of them, one-sided ones, weak ones, and the report."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from routing.classifier import in_use, scored, sources, starter
from routing.classifier.labels import counting
from routing.classifier.sources import WeakLabel
from routing.classifier.training import CannotTrain, train
from routing.classifier.weights import Weights
from routing.models import ClassifierVersion, RoutingLabel

from .conftest import COMPLEX, SIMPLE, as_embedder, embed_all

Value, Source = RoutingLabel.Value, RoutingLabel.Source
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No messages and no weak labels but what a test brings."""
    monkeypatch.setattr(sources, "_weak", [])
    monkeypatch.setattr(sources, "_messages", [])


def test_the_shipped_weights_fit_the_set_and_the_features() -> None:
    kept = json.loads(starter.WEIGHTS.read_text(encoding="utf-8"))
    assert kept["set"] == starter.fingerprint(), "the set changed: run `manage.py train_router --starter`"
    found = starter.starter()
    assert len(found.full.weights.of_vector) == 384
    assert len(found.alone.weights.of_vector) == 0
    assert len({message.text for message in starter.messages()}) == len(starter.messages()) >= 300


def test_the_starter_alone_tells_a_greeting_from_a_proof_without_any_vector() -> None:
    greeting = scored("hi, when do you open?", None)
    proof = scored("Prove that n^3 - n is divisible by 6, and explain each step. Why must n be whole?", None)
    assert greeting.score < greeting.threshold < proof.score
    assert proof.version is None


def test_training_stores_a_version_with_its_report_that_is_not_live(labelled: None) -> None:
    told: list[str] = []
    version = train(tell=told.append)
    report = version.report
    assert not version.live
    assert report["auc"] > 0.99
    assert report["labels"] == {"person": {"simple": 40, "complex": 40}}
    assert 0 < report["starter"]["weight"] < 1
    assert report["compared"]["version"] is None
    assert report["compared"]["seen"] == 0
    assert report["compared"]["count"] == 80
    assert [row["missed"] for row in report["curve"]] == sorted(row["missed"] for row in report["curve"])
    assert sum(each["count"] for each in report["calibration"]) == 80 + len(starter.messages())
    assert told[0].startswith("Gathering")
    weights = Weights.from_json(version.weights)
    assert weights.score(SIMPLE[0], embed_all([SIMPLE[0]])[0]) < 0.2
    assert weights.score(COMPLEX[0], embed_all([COMPLEX[0]])[0]) > 0.8


def test_without_labels_and_with_one_side_it_says_what_is_missing() -> None:
    with pytest.raises(CannotTrain, match="no labels yet"):
        train()
    RoutingLabel.objects.bulk_create(RoutingLabel(text=text, value=Value.COMPLEX) for text in COMPLEX)
    with pytest.raises(CannotTrain, match="10 more simple are missing"):
        train()
    RoutingLabel.objects.bulk_create(RoutingLabel(text=text, value=Value.SIMPLE) for text in SIMPLE[:7])
    with pytest.raises(CannotTrain, match="3 more simple are missing"):
        train()
    assert not ClassifierVersion.objects.exists()


def test_a_person_goes_before_an_import_and_that_before_a_guess() -> None:
    for value, source in ((Value.SIMPLE, Source.PERSON), (Value.COMPLEX, Source.THUMB), (Value.COMPLEX, Source.AGAIN)):
        RoutingLabel.objects.create(text="Which plan?", value=value, source=source, message_id=5)
    RoutingLabel.objects.create(text="Another", value=Value.COMPLEX, source=Source.THUMB, message_id=6)
    found = {label.text: (label.hard, label.counts) for label in counting()}
    assert found == {"Which plan?": (False, 1.0), "Another": (True, 0.3)}


def test_weak_labels_are_brought_up_to_date_by_each_training(labelled: None, site, monkeypatch) -> None:
    weak = [WeakLabel(7, "hm", site.pk, Source.THUMB)]
    monkeypatch.setattr(sources, "_weak", [lambda: weak])
    assert train().report["labels"]["thumb"] == {"complex": 1}
    weak[:] = [WeakLabel(8, "well", site.pk, Source.AGAIN)]
    train()
    kept = RoutingLabel.objects.exclude(source=Source.PERSON)
    assert [(label.message_id, label.source) for label in kept] == [(8, Source.AGAIN)]


def test_the_next_training_says_what_the_running_version_had_seen(labelled: None) -> None:
    call_command("train_router", go_live=True, stdout=StringIO())
    RoutingLabel.objects.create(text="And one more, why?", value=Value.COMPLEX)
    RoutingLabel.objects.create(text="And another", value=Value.SIMPLE)
    compared = train().report["compared"]
    assert compared["version"] == ClassifierVersion.objects.get(live=True).pk
    assert (compared["seen"], compared["count"]) == (80, 82)
    assert set(compared["unseen"]) == {"new", "running"}


def test_the_command_trains_goes_live_when_told_and_explains_a_refusal(labelled: None) -> None:
    out = StringIO()
    call_command("train_router", stdout=out)
    assert "AUC" in out.getvalue()
    assert not ClassifierVersion.objects.filter(live=True).exists()
    call_command("train_router", go_live=True, missed=10.0, stdout=out)
    assert in_use().version == ClassifierVersion.objects.get(live=True).pk
    RoutingLabel.objects.all().delete()
    with pytest.raises(CommandError, match="no labels yet"):
        call_command("train_router", stdout=out)


def test_weights_of_another_embedder_or_damaged_ones_are_not_used(labelled: None) -> None:
    call_command("train_router", go_live=True, stdout=StringIO())
    version = ClassifierVersion.objects.get(live=True)
    vector = embed_all(["hello"])[0]
    as_embedder("another")
    using = in_use()
    assert using.version is None
    assert f"Version {version.pk} was trained for the embedder" in using.trouble
    assert "surface only" in using.trouble
    assert scored("hello", vector).version is None

    as_embedder(version.embedder)
    assert in_use().version == version.pk
    broken = {**version.weights, "vector": [float("nan")]}
    with pytest.raises(ValueError, match="damaged"):
        Weights.from_json(broken)
    with pytest.raises(ValueError, match="other features"):
        Weights.from_json({**version.weights, "features": ["length"]})
    short = np.ones(3, dtype=np.float32)
    assert scored("hello", short).version is None

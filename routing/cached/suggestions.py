"""Frequent questions of the last weeks, gathered into suggestions that wait for a person. Blocking: call it in a job.

Questions are clustered around the most frequent one that is near enough by meaning, where the checks that guard
cached answers see no difference: opposites are two suggestions. The suggested answer is the one that most of the others
say too. What was decided before does not come back.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

import numpy as np
from django.utils import timezone

from routing.cached.accepting import approve_alone
from routing.cached.agreement import Agreed, most_consistent
from routing.cached.checks import refusal
from routing.cached.index import Floats
from routing.cached.normalise import normalised
from routing.models import AnswerSuggestion, CachedQuestion, CachePolicy
from routing.vectors import local_embedder

log = logging.getLogger(__name__)
WEEKS = timedelta(weeks=4)
MOST_TURNS = 5000  # of a run, the newest
MOST_TEXTS = 2000  # different questions of a site, the most frequent
SECONDS = 120.0  # of embedding; what is left then is not looked at
FEWEST = 3  # times asked, by as many people: what one person asks is nobody else's question
BOUND = 0.80  # cosine with the middle of a cluster
SAME = 0.90  # cosine of a question that was decided before, or has an answer already
MOST_KEPT = 30  # questions of a suggestion
MOST_NEW = 100  # suggestions of a run
_AT_ONCE = 128


@dataclass(frozen=True)
class Asked:
    """One turn: what was asked, and answered. `disliked`: rated down, or asked again: it never suggests its answer."""

    site_id: int
    contact_id: int
    question: str
    answer: str
    cost: Decimal = Decimal(0)
    sources: Sequence[dict[str, str]] = ()
    article_id: int | None = None
    disliked: bool = False


Gather = Callable[[datetime, int], Sequence[Asked]]
_registered: list[Gather] = []


def register(gather: Gather) -> None:
    """`gather(since, most)`: the newest turns that may be suggested from. Conversations does; the last one counts."""
    _registered[:] = [gather]


@dataclass
class Text:
    """One way to ask, with all turns that asked so."""

    text: str
    turns: list[Asked]
    vector: Floats = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass
class Cluster:
    """Ways to ask the same; the first is its middle."""

    texts: list[Text]

    @property
    def turns(self) -> list[Asked]:
        """All of them."""
        return [turn for text in self.texts for turn in text.turns]


def suggest() -> int:
    """Look at the last weeks and store what is new or has grown. How many suggestions wait that did not before."""
    if not _registered:
        return 0
    until = time.monotonic() + SECONDS
    turns = sorted(_registered[0](timezone.now() - WEEKS, MOST_TURNS), key=lambda turn: turn.site_id)
    new = 0
    for site_id, of_site in groupby(turns, key=lambda turn: turn.site_id):
        new += _suggest_for(site_id, list(of_site), until)
    log.info("%s new suggestions of cached answers from %s turns", new, len(turns))
    return new


def clusters(turns: Sequence[Asked], until: float = float("inf")) -> list[Cluster]:
    """Turns of one site by what they ask, the most frequent question first. `until`: by time.monotonic()."""
    texts = _embedded(_texts(turns), until)
    found: list[Cluster] = []
    middles = np.zeros((len(texts), len(texts[0].vector) if texts else 0), np.float32)
    for text in texts:
        cosines = middles[: len(found)] @ text.vector
        near = [n for n in np.argsort(-cosines)[:5] if cosines[n] >= BOUND]
        home = next((found[n] for n in near if _same_question(text.text, found[n].texts[0].text)), None)
        if home:
            home.texts.append(text)
        else:
            middles[len(found)] = text.vector
            found.append(Cluster([text]))
    return found


def _texts(turns: Sequence[Asked]) -> list[Text]:
    """By normal form, each as it is mostly typed."""
    by_form: dict[str, list[Asked]] = {}
    for turn in turns:
        if plain := normalised(turn.question):
            by_form.setdefault(plain, []).append(turn)
    most = sorted(by_form.values(), key=len, reverse=True)[:MOST_TEXTS]
    return [Text(Counter(turn.question.strip() for turn in each).most_common(1)[0][0][:1000], each) for each in most]


def _embedded(texts: list[Text], until: float) -> list[Text]:
    embedder = local_embedder()
    for start in range(0, len(texts), _AT_ONCE):
        if time.monotonic() > until:
            log.warning("Suggestions: %s rarer questions were left out, as the time is up", len(texts) - start)
            return texts[:start]
        part = texts[start : start + _AT_ONCE]
        for text, vector in zip(part, embedder.embed_all([text.text for text in part]), strict=True):
            text.vector = vector
    return texts


def _same_question(one: str, other: str) -> bool:
    return not refusal(one, [other]) and not refusal(other, [one])


def _suggest_for(site_id: int, turns: list[Asked], until: float) -> int:
    found = [cluster for cluster in clusters(turns, until) if _frequent(cluster)]
    known = Known(site_id)
    policy = CachePolicy.objects.filter(pk=1).first() or CachePolicy()
    new = 0
    for cluster in found[: 2 * MOST_NEW]:
        if new < MOST_NEW and not known.decided(cluster.texts[0]):
            new += _keep(site_id, cluster, known.waiting(cluster.texts[0]), policy)
    return new


def _frequent(cluster: Cluster) -> bool:
    good = [turn for turn in cluster.turns if not turn.disliked]
    return len(good) >= FEWEST and len({turn.contact_id for turn in good}) >= FEWEST


def _keep(site_id: int, cluster: Cluster, row: AnswerSuggestion | None, policy: CachePolicy) -> int:
    agreed = most_consistent([turn for turn in cluster.turns if not turn.disliked])
    is_new = row is None
    row = row or AnswerSuggestion(site_id=site_id)
    _fill(row, cluster, agreed)
    row.save()
    if not any(turn.disliked for turn in cluster.turns):
        approve_alone(row, policy)
    return int(is_new)


def _fill(row: AnswerSuggestion, cluster: Cluster, agreed: Agreed) -> None:
    texts = sorted(cluster.texts, key=lambda text: -len(text.turns))[:MOST_KEPT]
    row.question, row.questions = cluster.texts[0].text, [[text.text, len(text.turns)] for text in texts]
    row.answer, row.sources = agreed.turn.answer, list(agreed.turn.sources)
    row.article_id, row.consistency = agreed.turn.article_id, agreed.share
    row.count = len(cluster.turns)
    row.cost = sum((turn.cost for turn in cluster.turns), Decimal(0))
    row.vector, row.embedder = cluster.texts[0].vector, local_embedder().name
    row.updated_at = timezone.now()


class Known:
    """What was suggested for a site before, and the questions that have an answer already."""

    def __init__(self, site_id: int) -> None:
        name = local_embedder().name
        rows = AnswerSuggestion.objects.filter(site_id=site_id)
        self._waiting = list(rows.filter(state=AnswerSuggestion.State.WAITING))
        decided = rows.exclude(state=AnswerSuggestion.State.WAITING).values_list("question", "vector", "embedder")
        answered = CachedQuestion.objects.filter(answer__site_id=site_id) | CachedQuestion.objects.filter(
            answer__site=None
        )
        stored = [*decided, *answered.values_list("text", "vector", "embedder")[:20_000]]
        self._forms = {normalised(text) for text, _, _ in stored}
        comparable = [(text, _floats(vector)) for text, vector, by in stored if vector is not None and by == name]
        self._texts = [text for text, _ in comparable]
        self._vectors = np.stack([vector for _, vector in comparable]) if comparable else None

    def decided(self, text: Text) -> bool:
        """Whether there is an answer, a rejection or an approval for the same question."""
        if normalised(text.text) in self._forms:
            return True
        if self._vectors is None:
            return False
        cosines = self._vectors @ text.vector
        near = [n for n in np.argsort(-cosines)[:5] if cosines[n] >= SAME]
        return any(_same_question(text.text, self._texts[n]) for n in near)

    def waiting(self, text: Text) -> AnswerSuggestion | None:
        """The waiting suggestion for the same question."""
        for row in self._waiting:
            near = row.vector is not None and float(_floats(row.vector) @ text.vector) >= SAME
            if normalised(row.question) == normalised(text.text) or (near and _same_question(text.text, row.question)):
                return row
        return None


def _floats(vector: object) -> Floats:
    values = vector.to_list() if hasattr(vector, "to_list") else vector
    return np.asarray(values, dtype=np.float32)

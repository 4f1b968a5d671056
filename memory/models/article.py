"""A site's help articles, and the passages that they are searched by."""

import hashlib
from collections.abc import Iterable
from functools import partial
from itertools import count
from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from pgvector.django import HalfVectorField

from people.models import Site

DIMENSIONS = 384
BODY_LIMIT = 200_000
INDEX_FIELDS = {"index_state", "index_error", "indexed_digest"}


class IndexState(models.TextChoices):
    """Whether an article's passages are those of its present text."""

    PENDING = "pending", "waiting to be indexed"
    INDEXED = "indexed", "indexed"
    FAILED = "failed", "failed"


class ArticleQuerySet(models.QuerySet["Article"]):
    """The articles by what is to be done with them."""

    def published(self) -> Self:
        """Those that visitors may see."""
        return self.filter(published=True)

    def waiting(self, embedder: str) -> Self:
        """Those that are to be indexed: changed, or indexed by another embedder. Failed ones are not tried
        by themselves.
        """
        strange = Passage.objects.filter(article=models.OuterRef("pk")).exclude(embedder=embedder)
        stale = models.Exists(strange) | ~models.Q(indexed_digest=models.F("digest"))
        pending = models.Q(index_state=IndexState.PENDING)
        return self.filter(pending | (models.Q(index_state=IndexState.INDEXED) & stale)).order_by("updated_at", "pk")


class Article(models.Model):
    """One help article. Saving a changed text marks it pending and asks a worker to index it."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="articles")
    title = models.CharField(max_length=200)
    slug = models.SlugField(
        max_length=200, blank=True, help_text="Its address under /help/. Blank: made from the title."
    )
    url = models.URLField(
        max_length=500,
        blank=True,
        help_text="Where the article lives, if not here. Answers then link to that page.",
    )
    body = models.TextField(
        help_text="Markdown. Headings cut it into passages: one subject under each heads for better answers.",
        validators=[MaxLengthValidator(BODY_LIMIT)],
    )
    language = models.CharField(max_length=10, default="en", help_text="Its language, like en or pt-br.")
    published = models.BooleanField(default=True, help_text="Only published articles are shown and answered from.")
    digest = models.CharField(max_length=64, editable=False, help_text="Of the site, the title and the body.")
    index_state = models.CharField(
        max_length=10, choices=IndexState, default=IndexState.PENDING, editable=False, verbose_name="index"
    )
    index_error = models.TextField(blank=True, editable=False)
    indexed_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="The digest of the text that the passages are made of."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [models.UniqueConstraint(fields=["site", "slug"], name="article_slug_once_for_each_site")]

    def __str__(self) -> str:
        return self.title

    def save(self, **kwargs: Any) -> None:
        """Save; if the title or the text changed, mark it pending and enqueue its indexing after the commit."""
        changed = self._note_change()
        kwargs["update_fields"] = self._fields_to_save(kwargs.get("update_fields"), changed=changed)
        super().save(**kwargs)
        if changed:
            self.request_indexing()

    def get_absolute_url(self) -> str:
        """Where people read it: its own page elsewhere, or the one that we serve."""
        return self.url or reverse("memory:article", args=[self.site.key, self.slug])

    def request_indexing(self) -> None:
        """Ask a worker to index this article, once the transaction is committed."""
        from memory.jobs import enqueue_index  # jobs import this module

        transaction.on_commit(partial(enqueue_index, self.pk), robust=True)

    def index_again(self) -> None:
        """Mark it pending whatever its state, and ask a worker."""
        type(self).objects.filter(pk=self.pk).update(index_state=IndexState.PENDING, index_error="")
        self.request_indexing()

    def _note_change(self) -> bool:
        """Fill the slug, the digest and the time of the change. Returns whether the text changed."""
        self.slug = self.slug or self._free_slug()
        self.updated_at = timezone.now()
        if self.digest == self.text_digest():
            return False
        self.digest = self.text_digest()
        self.index_state, self.index_error = IndexState.PENDING, ""
        return True

    def _free_slug(self) -> str:
        """From the title, with a number after it while the site has an article of that slug."""
        wanted = slugify(self.title)[:190] or f"article-{self.text_digest()[:8]}"
        taken = set(Article.objects.filter(site=self.site_id, slug__startswith=wanted).values_list("slug", flat=True))
        return next(
            slug for number in count(1) if (slug := f"{wanted}-{number}" if number > 1 else wanted) not in taken
        )

    def _fields_to_save(self, asked: Iterable[str] | None, *, changed: bool) -> set[str] | None:
        """With a changed text all that follows from it; else never the index's own: a worker may have written them."""
        if changed:
            return None if asked is None else {*asked, "slug", "digest", "index_state", "index_error", "updated_at"}
        every = {field.name for field in self._meta.concrete_fields if not field.primary_key}
        return (every if asked is None else set(asked)) - INDEX_FIELDS

    def text_digest(self) -> str:
        """SHA-256 of what the passages are made of (and whose they are)."""
        return hashlib.sha256(f"{self.site_id}\0{self.title}\0{self.body}".encode()).hexdigest()


class Passage(models.Model):
    """A piece of an article with its vector; vectors of another embedder than the present one are not
    compared.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="passages")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    heading = models.CharField(max_length=500, help_text="The article's title and the headings above, joined by ›.")
    text = models.TextField(help_text="Markdown.")
    searchable = models.GeneratedField(
        expression=SearchVector("heading", config="english", weight="A")
        + SearchVector("text", config="english", weight="B"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    embedding = HalfVectorField(help_text="Of as many dimensions as its embedder makes.")
    embedder = models.CharField(max_length=100)

    class Meta:
        ordering = ["article", "ordinal"]
        indexes = [
            GinIndex(fields=["searchable"], name="passage_searchable"),
            models.Index(fields=["embedder"], name="passage_of_embedder"),
        ]
        constraints = [models.UniqueConstraint(fields=["article", "ordinal"], name="passage_once_in_each_article")]

    def __str__(self) -> str:
        return f"{self.heading} ({self.ordinal + 1})"

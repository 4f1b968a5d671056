"""Help articles in the admin: write them, see how they look and are cut, and try what a question finds."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString, mark_safe
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from memory.knowledge.extractive import extractive_answer
from memory.knowledge.search import fits, search_sync
from memory.models import Article, IndexState
from memory.switching import ask
from parley.markdown import render
from people.models import Site

STATES = {IndexState.PENDING: "info", IndexState.INDEXED: "success", IndexState.FAILED: "danger"}
QUESTION_LIMIT = 500


@admin.register(Article)
class ArticleAdmin(ModelAdmin):
    """Articles with their index state. Saving a changed text asks a worker to index it."""

    list_display = ("title", "site", "published", "state", "passage_count", "updated_at")
    list_select_related = ("site",)
    list_filter = (
        ("site", RelatedDropdownFilter),
        ("index_state", ChoicesDropdownFilter),
        ("published", BooleanRadioFilter),
    )
    list_filter_submit = True
    search_fields = ("title", "body", "slug")
    actions = ("index_again",)
    actions_list = ("try_search",)
    view_on_site = True
    warn_unsaved_form = True
    readonly_fields = ("state_and_error", "preview", "passages_made", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("site", "title", "body", "published")}),
        ("Address", {"fields": ("slug", "url", "language"), "classes": ("collapse",)}),
        ("Preview", {"fields": ("preview",)}),
        ("Index", {"fields": ("state_and_error", "passages_made", "created_at", "updated_at")}),
    )

    class Media:
        """The look of the preview."""

        css = {"all": ("memory/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """With the number of passages."""
        articles: QuerySet[Article] = super().get_queryset(request)
        return articles.annotate(cut_into=Count("passages"))

    def get_prepopulated_fields(self, _request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """A new article's address follows its title; one that people may have linked to stays."""
        return {} if obj else {"slug": ("title",)}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The only site is chosen already."""
        sites = list(Site.objects.values_list("pk", flat=True)[:2])
        return {"site": sites[0] if len(sites) == 1 else None, **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """A wide, high field for the Markdown; an address typed without a scheme is taken for https."""
        if db_field.name == "body":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 28, "class": "memory-markdown"})
        if db_field.name == "url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Article, form: "ModelForm[Article]", change: bool) -> None:
        """Say that answers follow in a moment."""
        super().save_model(request, obj, form, change)
        if obj.index_state == IndexState.PENDING:
            messages.info(request, "Answers use the new text as soon as a worker has indexed it, usually in seconds.")

    @display(description="Index", ordering="index_state", label={state.label: look for state, look in STATES.items()})
    def state(self, article: Article) -> str:
        """The index state in its colour."""
        return IndexState(article.index_state).label

    @display(description="Passages", ordering="cut_into")
    def passage_count(self, article: Article) -> int:
        """How many passages it is searched by."""
        return getattr(article, "cut_into", 0)

    @display(description="State")
    def state_and_error(self, article: Article) -> str:
        """The index state and, when it failed, why."""
        label = IndexState(article.index_state).label.capitalize()
        return f"{label}: {article.index_error}" if article.index_error else label

    @display(description="As it was last saved")
    def preview(self, article: Article) -> SafeString:
        """The text as people read it."""
        return mark_safe(f'<div class="memory-preview">{render(article.body, images=True)}</div>')  # noqa: S308 - cleaned

    @display(description="Passages")
    def passages_made(self, article: Article) -> SafeString:
        """What is searched and quoted, in order."""
        passages = article.passages.all() if article.pk else []
        return mark_safe(render_to_string("admin/memory/article/passages.html", {"passages": passages}))  # noqa: S308

    @admin.action(description="Index again", permissions=["change"])
    def index_again(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        """Ask the workers to index the chosen articles, whatever their state."""
        chosen = list(articles)
        for article in chosen:
            article.index_again()
        messages.success(request, f"Workers index {len(chosen)} article{'' if len(chosen) == 1 else 's'} again.")

    @action(description="Try a question", icon="search", url_path="try", permissions=["view"])
    def try_search(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the page on which a question is tried."""
        return redirect("admin:memory_article_question")

    def get_urls(self) -> list[URLPattern]:
        """With the page on which a question is tried."""
        question = path("question/", self.admin_site.admin_view(self.question), name="memory_article_question")
        return [question, *super().get_urls()]

    def question(self, request: HttpRequest) -> HttpResponse:
        """What a question finds in a site's articles, with scores, and what would be quoted without a model."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sites = list(Site.objects.order_by("name"))
        site = next((site for site in sites if str(site.pk) == request.GET.get("site")), sites[0] if sites else None)
        asked = request.GET.get("q", "").strip()[:QUESTION_LIMIT]
        context = {
            **self.admin_site.each_context(request),
            "title": "Try a question",
            "opts": self.opts,
            "media": self.media,
            "sites": sites,
            "site": site,
            "asked": asked,
            "limit": QUESTION_LIMIT,
        }
        if site is not None and asked:
            context |= _tried(site, asked)
        return TemplateResponse(request, "admin/memory/article/question.html", context)


def _tried(site: Site, asked: str) -> dict[str, Any]:
    hits = search_sync(site.pk, asked, async_to_sync(ask)(asked), limit=6)
    answer = async_to_sync(extractive_answer)(asked, hits)
    return {
        "hits": [{"hit": hit, "html": mark_safe(render(hit.text))} for hit in hits],  # noqa: S308 - cleaned
        "fits": fits(hits),
        "answer": mark_safe(render(answer.text_markdown)),  # noqa: S308 - cleaned
        "sources": answer.sources,
    }

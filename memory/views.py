"""The public help pages: a site's list of articles, and each article."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from memory.models import Article
from parley.markdown import render as safe_html
from people.models import Site


@require_safe
def index(request: HttpRequest, site_key: str) -> HttpResponse:
    """The published articles of a site by title; those that live elsewhere link there."""
    site = get_object_or_404(Site, key=site_key)
    articles = Article.objects.published().filter(site=site).select_related("site").defer("body")
    return render(request, "memory/index.html", {"site": site, "articles": articles})


@require_safe
def article(request: HttpRequest, site_key: str, slug: str) -> HttpResponse:
    """One published article; one that lives elsewhere sends its readers there."""
    found = get_object_or_404(Article.objects.published().select_related("site"), site__key=site_key, slug=slug)
    if found.url:
        return redirect(found.url)
    body = mark_safe(safe_html(found.body, images=True))  # noqa: S308 - cleaned by parley.markdown
    return render(request, "memory/article.html", {"site": found.site, "article": found, "body": body})

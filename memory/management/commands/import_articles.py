"""manage.py import_articles FOLDER: help articles from Markdown files."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from memory.knowledge.files import ArticleFile, ArticleFileError, read_article
from memory.models import BODY_LIMIT, Article
from people.models import Site


class Command(BaseCommand):
    """Import every .md file of a folder and the folders in it; what is wrong with one does not stop the
    others.
    """

    help = "Imports every .md file of a folder as a help article (front matter: title, slug, url, language)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FOLDER, --site and --replace."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--site", metavar="KEY", help="the site's key; not needed while there is only one site")
        parser.add_argument("--replace", action="store_true", help="overwrite articles that have the same slug")

    def handle(self, *_: Any, folder: Path, site: str | None, replace: bool, **__: Any) -> None:
        """Import, tell of every file, and fail at the end if some could not be imported."""
        target, paths = _site(site), _paths(folder)
        taken: dict[str, Path] = {}
        imported, refused = 0, 0
        for path in paths:
            try:
                done = _import(target, read_article(path, body_limit=BODY_LIMIT), path, taken, replace=replace)
            except ArticleFileError as error:
                refused += 1
                self.stderr.write(f"✗ {path.relative_to(folder)}: {error}")
            else:
                imported += 1
                self.stdout.write(f"✓ {path.relative_to(folder)}: {done}")
        self.stdout.write(f"{imported} of {len(paths)} articles imported into {target.name}. Workers index them now.")
        if refused:
            raise CommandError(f"{refused} of {len(paths)} files were not imported; the reasons are above.")


def _site(key: str | None) -> Site:
    """The named site, or the only one. Raises CommandError with the keys that there are."""
    found = list(Site.objects.filter(key=key) if key else Site.objects.all()[:2])
    if len(found) == 1:
        return found[0]
    keys = ", ".join(Site.objects.order_by("key").values_list("key", flat=True))
    if not keys:
        raise CommandError("There is no site yet. Make one in the admin, under Sites.")
    raise CommandError(f"There is no site {key!r}. Choose one of: {keys}" if key else f"Choose one with --site: {keys}")


def _paths(folder: Path) -> list[Path]:
    """The Markdown files. Raises CommandError when there are none."""
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder. Name the folder that holds the .md files.")
    paths = sorted(path for path in _markdown(folder) if path.is_file())
    if not paths:
        raise CommandError(f"{folder} holds no .md files.")
    return paths


def _markdown(folder: Path) -> Iterator[Path]:
    """Hidden files and folders are left out: editors and version control keep copies there."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() == ".md" and not hidden:
            yield path


def _import(site: Site, file: ArticleFile, path: Path, taken: dict[str, Path], *, replace: bool) -> str:
    """Store one article; returns what was done. Raises ArticleFileError if its slug is taken."""
    if earlier := taken.get(file.slug):
        raise ArticleFileError(
            f"its slug {file.slug!r} is that of {earlier.name} as well. Give one of them another `slug:`."
        )
    taken[file.slug] = path
    article = Article.objects.filter(site=site, slug=file.slug).first()
    if article is not None and not replace:
        raise ArticleFileError(
            f"the site has an article {file.slug!r} already. Use --replace to overwrite it, or give another `slug:`."
        )
    known = article or Article(site=site, slug=file.slug)
    known.title, known.url, known.language, known.body = file.title, file.url, file.language, file.body
    try:
        with transaction.atomic():
            known.save()
    except IntegrityError as error:
        raise ArticleFileError("somebody made an article with this slug just now. Run the import again.") from error
    return "replaced" if article else "new"

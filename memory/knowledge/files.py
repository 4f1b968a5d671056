"""Help articles as Markdown files, with optional front matter between two lines of `---`: title, slug, url,
language.

Without a title the first heading is it (and leaves the text), without a heading the file's name.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify

FILE_LIMIT = 1_000_000  # bytes; the limit of the text is the model's
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<fields>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"(?P<name>[A-Za-z_]+)[ \t]*:[ \t]*(?P<value>.*)")
HEADING = re.compile(r"\A\s*#[ \t]+(?P<title>[^\n]+?)[ \t#]*(?:\n|\Z)")
KNOWN = {"title", "slug", "url", "language"}


class ArticleFileError(Exception):
    """The file is no article; the message says why and what to do."""


@dataclass(frozen=True)
class ArticleFile:
    """What one file holds."""

    title: str
    slug: str
    url: str
    language: str
    body: str


def read_article(path: Path, *, body_limit: int) -> ArticleFile:
    """The article in the file. Raises ArticleFileError for one that cannot be read, is empty or too large."""
    text = _text(path)
    fields, body = _front_matter(text)
    title, body = _title(fields, body, path)
    slug = fields.get("slug") or slugify(title) or slugify(path.stem)
    body = body.strip() + "\n"
    if not body.strip():
        raise ArticleFileError("it has no text. Write the article, or delete the file.")
    if len(body) > body_limit:
        raise ArticleFileError(f"it has {len(body):,} characters, {body_limit:,} fit. Split it into several articles.")
    _check(title, slug, fields.get("url", ""))
    return ArticleFile(title, slug, fields.get("url", ""), fields.get("language") or "en", body)


def _text(path: Path) -> str:
    try:
        if (size := path.stat().st_size) > FILE_LIMIT:
            raise ArticleFileError(f"it has {size:,} bytes, {FILE_LIMIT:,} fit. Split it into several articles.")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ArticleFileError(f"line {line} is not UTF-8. Save the file with the encoding UTF-8.") from error
    except OSError as error:
        raise ArticleFileError(f"it cannot be read: {error.strerror}. Check its permissions.") from error
    if "\0" in text:
        raise ArticleFileError("it holds NUL bytes, so it is no text. Save it as plain Markdown.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    found = FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    fields: dict[str, str] = {}
    for number, line in enumerate(found["fields"].splitlines(), start=2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        field = FIELD.fullmatch(line.strip())
        if field is None:
            raise ArticleFileError(f"line {number} of the front matter is not like `title: …`. Correct it.")
        if field["name"].lower() in KNOWN:
            fields[field["name"].lower()] = _unquoted(field["value"].strip())
    return fields, text[found.end() :]


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _title(fields: dict[str, str], body: str, path: Path) -> tuple[str, str]:
    """(title, text): a first heading that is the title does not stay in the text, where it would show
    twice.
    """
    heading = HEADING.match(body)
    written = heading["title"].strip() if heading else ""
    title = fields.get("title") or written or path.stem.replace("-", " ").replace("_", " ").strip().capitalize()
    return title, body[heading.end() :] if heading and written == title else body


def _check(title: str, slug: str, url: str) -> None:
    if len(title) > 200:
        raise ArticleFileError(f"its title has {len(title)} characters, 200 fit. Shorten it.")
    if slug != slugify(slug) or not slug or len(slug) > 200:
        raise ArticleFileError(f"its slug {slug!r} is no address. Use up to 200 small letters, digits and hyphens.")
    if url:
        try:
            URLValidator(schemes=["http", "https"])(url)
        except ValidationError:
            raise ArticleFileError(
                f"its url {url!r} is no address. Write it like https://www.example.com/help."
            ) from None

"""Files become articles; what is wrong with one is told and does not stop the others."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from memory.knowledge.files import ArticleFileError, read_article
from memory.models import Article, IndexState
from people.models import Site

pytestmark = pytest.mark.django_db


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_titles_come_from_front_matter_or_heading_or_file_name(site: Site, tmp_path: Path, capsys) -> None:
    write(
        tmp_path,
        "a.md",
        '---\ntitle: "Colon: yes"\nslug: colon\nurl: https://x.example/y\nlanguage: de\nauthor: me\n---\nText A.\n',
    )
    write(tmp_path, "b.md", "\ufeff# From the heading\n\nText B.\n")
    write(tmp_path, "deep/opening-hours.md", "Text C.\r\n\r\nMore.")
    write(tmp_path, ".git/hidden.md", "no")
    write(tmp_path, "notes.txt", "no")
    call_command("import_articles", str(tmp_path))
    found = {article.slug: article for article in Article.objects.all()}
    assert set(found) == {"colon", "from-the-heading", "opening-hours"}
    assert (found["colon"].title, found["colon"].url, found["colon"].language) == (
        "Colon: yes",
        "https://x.example/y",
        "de",
    )
    assert (found["from-the-heading"].title, found["from-the-heading"].body) == ("From the heading", "Text B.\n")
    assert (found["opening-hours"].title, found["opening-hours"].body) == ("Opening hours", "Text C.\n\nMore.\n")
    assert {article.index_state for article in found.values()} == {IndexState.PENDING}
    assert "3 of 3 articles imported" in capsys.readouterr().out


def test_each_bad_file_is_named_with_what_to_do_and_the_good_ones_are_imported(
    site: Site, tmp_path: Path, capsys
) -> None:
    write(tmp_path, "1-good.md", "# Good\n\nText.")
    write(tmp_path, "2-latin.md", "# T\n\nGrüße".encode("latin-1"))
    write(tmp_path, "3-empty.md", "")
    write(tmp_path, "4-only-title.md", "# Only a title\n")
    write(tmp_path, "5-huge.md", "# Huge\n\n" + "word " * 50_000)
    write(tmp_path, "6-bytes.md", "x" * 1_000_001)
    write(tmp_path, "7-same.md", "# Good\n\nAnother text.")
    write(tmp_path, "8-nul.md", "# Nul\n\na\0b")
    write(tmp_path, "9-front.md", "---\ntitle: x\nnonsense\n---\ntext")
    write(tmp_path, "a-slug.md", "---\ntitle: x\nslug: Not A Slug\n---\ntext")
    write(tmp_path, "b-url.md", "---\ntitle: x\nurl: javascript:alert(1)\n---\ntext")
    write(tmp_path, "c-long.md", f"# {'t' * 201}\n\ntext")
    with pytest.raises(CommandError, match="11 of 12 files were not imported"):
        call_command("import_articles", str(tmp_path))
    told = capsys.readouterr().err.splitlines()
    expected = (
        "2-latin.md: line 3 is not UTF-8. Save", "3-empty.md: it has no text.", "4-only-title.md: it has no text.",
        "5-huge.md: it has 250,000 characters, 200,000 fit. Split", "6-bytes.md: it has 1,000,001 bytes",
        "7-same.md: its slug 'good' is that of 1-good.md as well.", "8-nul.md: it holds NUL bytes",
        "9-front.md: line 3 of the front matter is not like", "a-slug.md: its slug 'Not A Slug' is no address.",
        "b-url.md: its url 'javascript:alert(1)' is no address.", "c-long.md: its title has 201 characters",
    )  # fmt: skip
    assert len(told) == len(expected)
    for line, beginning in zip(told, expected, strict=True):
        assert line.startswith(f"✗ {beginning}"), line
    assert Article.objects.get().title == "Good"


def test_an_article_is_overwritten_only_when_asked(site: Site, tmp_path: Path, capsys) -> None:
    write(tmp_path, "a.md", "# Hours\n\nNine.")
    call_command("import_articles", str(tmp_path))
    write(tmp_path, "a.md", "# Hours\n\nTen.")
    with pytest.raises(CommandError):
        call_command("import_articles", str(tmp_path))
    assert "Use --replace" in capsys.readouterr().err
    assert Article.objects.get().body == "Nine.\n"
    call_command("import_articles", str(tmp_path), "--replace")
    assert Article.objects.get().body == "Ten.\n"
    assert "✓ a.md: replaced" in capsys.readouterr().out


def test_the_site_must_be_clear(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "text")
    Site.objects.all().delete()
    with pytest.raises(CommandError, match="no site yet"):
        call_command("import_articles", str(tmp_path))
    Site.objects.create(key="one", name="One")
    Site.objects.create(key="two", name="Two")
    with pytest.raises(CommandError, match="--site: one, two"):
        call_command("import_articles", str(tmp_path))
    with pytest.raises(CommandError, match=r"no site 'three'\. Choose one of: one, two"):
        call_command("import_articles", str(tmp_path), "--site", "three")
    call_command("import_articles", str(tmp_path), "--site", "two")
    assert Article.objects.get().site.key == "two"


def test_a_folder_that_is_none_or_holds_nothing_is_told(site: Site, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("import_articles", str(tmp_path / "missing"))
    with pytest.raises(CommandError, match=r"holds no \.md files"):
        call_command("import_articles", str(tmp_path))


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArticleFileError, match="cannot be read"):
        read_article(tmp_path / "gone.md", body_limit=10)

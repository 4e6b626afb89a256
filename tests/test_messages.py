"""Collecting, merging and inspecting message catalogues."""

from collections.abc import Callable
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.catalogue import catalogue as messages

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def collected(root: Path) -> Catalog:
    return messages.collect(root, messages.sources(root, ["app", "templates"]))


def ids(catalog: Catalog) -> set[object]:
    return {message.id for message in catalog if message.id}


def test_python_messages_of_every_kind_are_found(tmp_path: Path, write: Write) -> None:
    write(
        "app/models.py",
        "from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext\n"
        '_("Plain")\ngettext_lazy("Lazy")\nngettext("%(n)d row", "%(n)d rows", n)\npgettext("month", "May")\n'
        '_("two "\n  "lines")\n_(variable)\n',
    )
    found = collected(tmp_path)
    assert ids(found) == {"Plain", "Lazy", ("%(n)d row", "%(n)d rows"), "May", "two lines"}
    assert found.get("May", "month") is not None


def test_template_messages_are_found_whatever_the_indentation(tmp_path: Path, write: Write) -> None:
    write(
        "templates/page.html",
        '{% load i18n %}\n      <p title="{% translate \'Title\' %}">it\'s {% translate "Text" %}</p>\n'
        "   {% if x == _('Constant') %}\n {% blocktranslate trimmed with n=name %}\n   Hello\n   {{ n }}!\n"
        " {% endblocktranslate %}{% endif %}\n"
        "{% blocktranslate count n=rows|length %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}",
    )
    assert ids(collected(tmp_path)) == {
        "Title",
        "Text",
        "Constant",
        "Hello %(n)s!",
        ("%(n)s row", "%(n)s rows"),
    }


def test_migrations_and_other_files_are_left_out(tmp_path: Path, write: Write) -> None:
    write("app/migrations/0001_initial.py", '_("From a migration")')
    write("app/notes.html", "{% load i18n %}{% translate 'Not in a template folder' %}")
    assert ids(collected(tmp_path)) == set()


def test_merge_keeps_translations_adds_empty_ones_and_drops_the_unused(tmp_path: Path, write: Write) -> None:
    write("app/views.py", '_("Kept")\n_("Almost the same")')
    known = messages._new()
    known.add("Kept", "留", flags=["fuzzy"])
    known.add("Almost the sama", "旧")
    merged = messages.merge(known, collected(tmp_path))
    assert {message.id: message.string or "" for message in merged if message.id} == {
        "Kept": "留",
        "Almost the same": "",
    }
    kept = merged.get("Kept")
    assert kept is not None
    assert kept.fuzzy


def test_written_catalogue_reads_back_and_stays_the_same(tmp_path: Path, write: Write) -> None:
    write(
        "app/views.py",
        'ngettext("%(n)d row", "%(n)d rows", n)\npgettext("month", "May")\n_("中文 “quoted” %")',
    )
    found = collected(tmp_path)
    first = messages.as_po(messages.merge(messages._new(), found))
    path = tmp_path / "django.po"
    path.write_bytes(first)
    assert messages.as_po(messages.merge(messages.read(path), found)) == first


@pytest.mark.parametrize(
    ("source", "msgid", "translation", "flags", "expected"),
    [
        ('_("A")', "A", "甲", [], []),
        ('_("A")', "A", "", [], ["empty: 'A'"]),
        ('_("A")', "A", "甲", ["fuzzy"], ["fuzzy: 'A'"]),
        ('_("A")', "B", "乙", [], ["missing: 'A'", "unused: 'B'"]),
        ('_("%(n)s rows")', "%(n)s rows", "%(m)s 行", [], ["placeholders: '%(n)s rows'"]),
        ('_("{n} rows")', "{n} rows", "行", [], ["placeholders: '{n} rows'"]),
    ],
)
def test_faults_are_named(
    tmp_path: Path,
    write: Write,
    source: str,
    msgid: str,
    translation: str,
    flags: list[str],
    expected: list[str],
) -> None:
    write("app/views.py", source)
    known = messages._new()
    known.add(msgid, translation, flags=flags)
    assert messages.inspect(known, collected(tmp_path)).lines() == expected


def test_a_chinese_plural_needs_only_one_form(tmp_path: Path, write: Write) -> None:
    write("app/views.py", 'ngettext("One row", "%(n)d rows", n)')
    known = messages._new()
    known.add(("One row", "%(n)d rows"), ("%(n)d 行",))
    assert messages.inspect(known, collected(tmp_path)).lines() == []


def test_compiled_catalogue_translates_and_leaves_fuzzy_out() -> None:
    known = messages._new()
    known.add("Home", "首页")
    known.add("Guess", "猜", flags=["fuzzy"])
    compiled = GNUTranslations(BytesIO(messages.as_mo(known)))
    assert compiled.gettext("Home") == "首页"
    assert compiled.gettext("Guess") == "Guess"


def test_command_writes_checks_and_compiles(
    tmp_path: Path, write: Write, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]  # pytest-django's fixture takes any setting
    write("templates/page.html", "{% load i18n %}{% translate 'Home' %}")
    po = tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"
    call_command("messages")
    assert "1 messages, 1 without" in capsys.readouterr().out
    with pytest.raises(CommandError, match="empty: 'Home'"):
        call_command("messages", check=True)
    po.write_bytes(
        po.read_bytes().replace(b'msgid "Home"\nmsgstr ""', 'msgid "Home"\nmsgstr "首页"'.encode())
    )
    call_command("messages", check=True)
    call_command("messages", compile=True)
    with po.with_suffix(".mo").open("rb") as stream:
        assert GNUTranslations(stream).gettext("Home") == "首页"


def test_the_portals_own_catalogue_is_complete() -> None:
    """Chinese first: no page may fall back to English because somebody forgot a line."""
    assert settings.BASE_DIR.joinpath("locale").is_dir()
    call_command("messages", check=True)

"""The few filters a template has, and what each takes; ours only, none of Jinja's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup, escape

from notifications.rendering.variables import Entry, Value, ValueKind

TEXTS = frozenset({ValueKind.TEXT})
WRITTEN = frozenset({ValueKind.TEXT, ValueKind.PHONE})
NUMBERS = frozenset({ValueKind.NUMBER})
DATES = frozenset({ValueKind.DATE})
NOTHING: frozenset[ValueKind] = frozenset()

DATE_STYLES: Mapping[str, Mapping[str, str]] = {
    "long": {"zh-Hans": "Y年n月j日（l）", "en": "l, j F Y"},
    "short": {"zh-Hans": "n月j日", "en": "j F"},
    "weekday": {"zh-Hans": "l", "en": "l"},
}
MAX_DECIMALS = 4
MAX_ARGUMENT = 60


def _none(_argument: object) -> bool:
    return False


def _short_text(argument: object) -> bool:
    return isinstance(argument, str) and len(argument) <= MAX_ARGUMENT


def _decimals(argument: object) -> bool:
    return isinstance(argument, int) and not isinstance(argument, bool) and 0 <= argument <= MAX_DECIMALS


def _date_style(argument: object) -> bool:
    return argument in DATE_STYLES


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterRule:
    """What a filter takes and yields; ``about`` is the remedy an author reads."""

    about: Promise
    result: Entry
    takes: frozenset[ValueKind] = NOTHING
    takes_list: bool = False
    takes_groups: bool = False
    least_arguments: int = 0
    most_arguments: int = 0
    argument_fits: Callable[[object], bool] = _none


_TEXT = Value(ValueKind.TEXT, "")
_NUMBER = Value(ValueKind.NUMBER, "")
_HTML = Value(ValueKind.HTML, "")

FILTER_RULES: Mapping[str, FilterRule] = {
    "upper": FilterRule(about=_("Use “|upper” after a text: CAPITAL letters."), takes=TEXTS, result=_TEXT),
    "lower": FilterRule(about=_("Use “|lower” after a text: lower-case letters."), takes=TEXTS, result=_TEXT),
    "trim": FilterRule(
        about=_("Use “|trim” after a text: removes surrounding spaces."), takes=TEXTS, result=_TEXT
    ),
    "default": FilterRule(
        about=_('Use “|default("…")” after a text: shown if the text is empty.'),
        takes=WRITTEN,
        result=_TEXT,
        least_arguments=1,
        most_arguments=1,
        argument_fits=_short_text,
    ),
    "join": FilterRule(
        about=_('Use “|join("、")” after a list of texts.'),
        takes_list=True,
        result=_TEXT,
        least_arguments=1,
        most_arguments=1,
        argument_fits=_short_text,
    ),
    "length": FilterRule(
        about=_("Use “|length” after a list: number of items."),
        takes_list=True,
        takes_groups=True,
        result=_NUMBER,
    ),
    "lines": FilterRule(about=_("Use “|lines” after a text: keeps line breaks."), takes=TEXTS, result=_HTML),
    "number": FilterRule(
        about=_("Use “|number” or “|number(2)” after a number: 1,234 or 1,234.00."),
        takes=NUMBERS,
        result=_TEXT,
        most_arguments=1,
        argument_fits=_decimals,
    ),
    "percent": FilterRule(
        about=_("Use “|percent” or “|percent(1)” after a number: 90%."),
        takes=NUMBERS,
        result=_TEXT,
        most_arguments=1,
        argument_fits=_decimals,
    ),
    "money": FilterRule(about=_("Use “|money” after a number: ¥1,234.00."), takes=NUMBERS, result=_TEXT),
    "date": FilterRule(
        about=_('Use “|date”, “|date("short")” or “|date("weekday")” after a date.'),
        takes=DATES,
        result=_TEXT,
        most_arguments=1,
        argument_fits=_date_style,
    ),
}


def _join(values: list[str], separator: str) -> str:
    return separator.join(values)


def _number(value: float, decimals: int | None = None) -> str:
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    return f"{value:,.{MAX_DECIMALS}f}".rstrip("0").rstrip(".")


def _date_in(language: str) -> Callable[..., str]:
    def written(value: str, style: str = "long") -> str:
        with translation.override(language.lower()):
            return format_date(date.fromisoformat(value), DATE_STYLES[style][language])

    return written


def _lines_html(value: str) -> Markup:
    return Markup("<br>\n").join(escape(line) for line in value.splitlines())


def filters_for(language: str, *, html: bool) -> dict[str, Callable[..., Any]]:
    """The functions behind ``FILTER_RULES`` for one language and one kind of body."""
    return {
        "upper": str.upper,
        "lower": str.lower,
        "trim": str.strip,
        "default": lambda value, instead: value or instead,
        "join": _join,
        "length": len,
        "lines": _lines_html if html else str,
        "number": _number,
        "percent": lambda value, decimals=None: f"{_number(value, decimals)}%",
        "money": lambda value: f"¥{value:,.2f}",
        "date": _date_in(language),
    }

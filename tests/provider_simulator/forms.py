"""HTML forms as a browser without JavaScript sees them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

TYPED = frozenset({"", "text", "tel", "number", "password", "email", "search"})
CHOSEN = frozenset({"radio", "checkbox", "select"})
PRESSED = frozenset({"submit", "button", "image"})


@dataclass(slots=True)
class Field:
    """One control. ``options`` are the values it offers, for radios, checkboxes and selects."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    lowest: str = ""
    required: bool = False


@dataclass(slots=True)
class Form:
    """One form. ``names`` are all words by which it can be found: data-action and last parts of its URLs."""

    action: str
    method: str
    names: set[str]
    fields: dict[str, Field] = field(default_factory=dict)

    def filled(self, fill: Callable[[Field], str | None]) -> dict[str, str]:
        """Return the data to send: hidden values as they are, the rest as ``fill`` says (None: as it stands)."""
        data = {}
        for item in self.fields.values():
            given = None if item.kind == "hidden" else fill(item)
            value = item.value if given is None else given
            if value or item.kind not in CHOSEN:
                data[item.name] = value
        return data


class Page(HTMLParser):
    """A page's forms and where it wants to be told that it was seen."""

    def __init__(self, html: str, *, url: str) -> None:
        """Parse at once; ``url`` is where the page came from."""
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.beacon = ""
        self._form: Form | None = None
        self._open: Field | None = None
        self._option_chosen = False
        self.feed(html)
        self.close()

    def find(self, name: str) -> Form | None:
        """Return the first form of this name."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[Form]:
        """Return every form of this name."""
        return [form for form in self.forms if name in form.names]

    def csrf_token(self) -> str:
        """Return the token of any form on the page."""
        for form in self.forms:
            if "csrfmiddlewaretoken" in form.fields:
                return form.fields["csrfmiddlewaretoken"].value
        return ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        given = {name: value or "" for name, value in attrs}
        for name in ("data-beacon", "data-opened-url"):
            if given.get(name):
                self.beacon = urljoin(self.url, given[name])
        if tag == "form":
            self._begin(given)
        elif self._form is not None:
            self._control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag == "form":
            self._form = None
        elif tag in ("textarea", "select"):
            self._open = None

    def handle_data(self, data: str) -> None:
        """Keep a textarea's text."""
        if self._open is not None and self._open.kind == "textarea":
            self._open.value += data.strip("\r\n")

    def _begin(self, given: dict[str, str]) -> None:
        action = urljoin(self.url, given.get("action", ""))
        names = {last_part(action), given.get("data-action", "")} - {""}
        self._form = Form(action=action, method=given.get("method", "get").lower(), names=names)
        self.forms.append(self._form)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name = self._form, given.get("name", "")
        if form is None:
            return
        if tag == "button" or (tag == "input" and given.get("type", "") in PRESSED):
            form.names |= {last_part(given["formaction"])} if given.get("formaction") else set()
            form.names |= {given["data-action"]} if given.get("data-action") else set()
        elif tag == "option" and self._open is not None and self._open.kind == "select":
            self._option(self._open, given)
        elif tag in ("textarea", "select") and name:
            self._open = form.fields.setdefault(name, Field(name, tag, required="required" in given))
        elif tag == "input" and name:
            self._input(form, name, given)

    def _option(self, select: Field, given: dict[str, str]) -> None:
        value = given.get("value", "")
        if value:
            select.options.append(value)
        if "selected" in given:
            select.value = value

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind, value = given.get("type", "").lower(), given.get("value", "")
        if kind not in ("radio", "checkbox"):
            form.fields[name] = Field(
                name, kind, value, lowest=given.get("min", ""), required="required" in given
            )
            return
        item = form.fields.setdefault(name, Field(name, kind, required="required" in given))
        item.options.append(value or "on")
        if "checked" in given:
            item.value = value or "on"


def last_part(url: str) -> str:
    """Return the last part of a URL's path."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]

"""Put what somebody typed back into the form of a page, in the page's HTML. Pure; no script is needed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

Attributes = dict[str, str | None]
Fields = Sequence[tuple[str, str]]
# Not typed: what the page itself knows better, and what no page may fill in.
UNTYPED_INPUTS = {"hidden", "file", "password", "submit", "button", "image", "reset"}
# What is ticked or chosen: by which attribute, and what it sends where it names no value.
CHOICES = {
    "checkbox": ("checked", "on"),
    "radio": ("checked", "on"),
    "option": ("selected", ""),
}
# What the author had seen stays with what the author typed, so that a later change is not overwritten.
SEEN = "seen"


@dataclass(slots=True)
class _Control:
    """An input, textarea, select or option: where its tag is, and which form it belongs to."""

    tag: str
    attributes: Attributes
    start: int
    end: int
    form: str | int | None
    # Of a textarea: where its text ends. Of an option: the name of its select.
    text_end: int = 0
    select: str = ""


@dataclass(slots=True)
class _Form:
    key: int
    attributes: Attributes
    actions: list[str] = field(default_factory=list)
    # The tags of the <details> around it.
    around: list["_Control"] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self.controls: list[_Control] = []
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._form: _Form | None = None
        self._textarea: _Control | None = None
        self._select: _Control | None = None
        self._details: list[_Control] = []
        self._dialogs = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "dialog":
            self._dialogs += 1
        elif tag == "details":
            self._details.append(self._control(tag, attributes))
        # A form in a dialog has a page of its own, where it can be seen.
        elif tag == "form" and not self._dialogs:
            self._form = _Form(len(self.forms), attributes, around=list(self._details))
            self._form.actions.append(attributes.get("action") or "")
            self.forms.append(self._form)
        elif tag in ("input", "textarea", "select", "option"):
            self._keep(tag, attributes)
        if self._form is not None:
            self._form.actions += [
                attributes[name] or "" for name in ("formaction", "hx-post") if name in attributes
            ]

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        if tag == "dialog":
            self._dialogs = max(self._dialogs - 1, 0)
        elif tag == "details" and self._details:
            self._details.pop()
        elif tag == "form":
            self._form = None
        elif tag == "textarea" and self._textarea is not None:
            self._textarea.text_end = self._here()
            self._textarea = None
        elif tag == "select":
            self._select = None

    def _keep(self, tag: str, attributes: Attributes) -> None:
        control = self._control(tag, attributes)
        if tag == "option":
            if self._select is None:
                return
            control.form, control.select = self._select.form, self._select.attributes.get("name") or ""
        elif tag == "select":
            self._select = control
        elif tag == "textarea":
            self._textarea = control
        self.controls.append(control)

    def _control(self, tag: str, attributes: Attributes) -> _Control:
        start = self._here()
        named = attributes.get("form")
        inside = self._form.key if self._form is not None else None
        end = start + len(self.get_starttag_text() or "")
        return _Control(tag, attributes, start, end, named or inside)

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def refill(html: str, *, page: str, actions: Collection[str], fields: Fields) -> str | None:
    """The page with the form that is sent to one of ``actions`` filled in; None where it has no such form.

    Hidden fields keep what the page says, except ``seen``. Forms in a dialog are passed over.

    Args:
        html: the whole page.
        page: its path and query.
        actions: the paths that may have been posted to.
        fields: name and value of everything that was sent.
    """
    reader = _Reader(html)
    names = {name for name, _ in fields}
    found = [form for form in reader.forms if _leads_to(form, page, actions)]
    if not found:
        return None

    def owned(form: _Form) -> list[_Control]:
        keys = {form.key, form.attributes.get("id")} - {None}
        return [control for control in reader.controls if control.form in keys]

    def likeness(form: _Form) -> tuple[int, int]:
        """Several forms of one page may be sent to one address; what they hide tells them apart."""
        own = [control.attributes for control in owned(form)]
        hidden = {(one.get("name"), one.get("value")) for one in own if one.get("type") == "hidden"}
        return len(hidden & {*fields}), len({one.get("name") for one in own} & names)

    chosen = max(found, key=likeness)
    edits = list(_edits(html, owned(chosen), fields))
    edits += [
        (tag.start, tag.end, _tag(tag, html, {"open": ""}))
        for tag in chosen.around
        if "open" not in tag.attributes
    ]
    for start, end, text in sorted(edits, reverse=True):
        html = html[:start] + text + html[end:]
    return html


def _leads_to(form: _Form, page: str, actions: Collection[str]) -> bool:
    if (form.attributes.get("method") or "get").lower() != "post":
        return False
    leads_to = {urlsplit(urljoin(page, one)).path for one in form.actions}
    return not leads_to.isdisjoint(urlsplit(action).path for action in actions)


def _edits(html: str, controls: Iterable[_Control], fields: Fields) -> Iterable[tuple[int, int, str]]:
    """Start, end and new text of every tag that changes."""
    left: dict[str, list[str]] = {}
    for name, value in fields:
        left.setdefault(name, []).append(value)
    sent = {name: set(values) for name, values in left.items()}
    for control in controls:
        name = control.attributes.get("name") or control.select
        kind = (control.attributes.get("type") or "text").lower() if control.tag == "input" else control.tag
        if kind in CHOICES:
            # A list that was not sent was not there; a box that was not sent is not ticked.
            if kind != "option" or name in sent:
                yield _choice(html, control, kind, sent.get(name, set()))
        elif _is_typed(kind, name) and left.get(name):
            yield _text(html, control, left[name].pop(0))


def _is_typed(kind: str, name: str) -> bool:
    return kind != "select" and (kind not in UNTYPED_INPUTS or name.rpartition("-")[2].lstrip("_") == SEEN)


def _choice(html: str, control: _Control, kind: str, chosen: set[str]) -> tuple[int, int, str]:
    flag, plain = CHOICES[kind]
    is_on = (control.attributes.get("value") or plain) in chosen
    return control.start, control.end, _tag(control, html, {flag: "" if is_on else None})


def _text(html: str, control: _Control, value: str) -> tuple[int, int, str]:
    if control.tag == "textarea":
        return control.end, control.text_end, "\n" + escape(value)
    return control.start, control.end, _tag(control, html, {"value": value})


def _tag(control: _Control, html: str, changes: dict[str, str | None]) -> str:
    """The tag with other attributes; None takes one away, "" writes it without a value."""
    attributes = {**control.attributes, **changes}
    for name, value in changes.items():
        if value is None:
            del attributes[name]
    written = "".join(
        f" {name}" if value in (None, "") and name != "value" else f' {name}="{escape(value or "")}"'
        for name, value in attributes.items()
    )
    is_closed = html[control.start : control.end].rstrip(">").endswith("/")
    return f"<{control.tag}{written}{' /' if is_closed else ''}>"

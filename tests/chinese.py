"""Latin words that a reader of Chinese meets on a page: what nobody translated."""

import re
from html.parser import HTMLParser

# Names and terms that a bank's HR in China writes in Latin letters.
LATIN = frozenset(
    {"AI", "Alt", "App", "CSV", "Ctrl", "Excel", "GSM", "HR", "ID", "IP", "IT", "UCS", "XLSX"}
) | {
    *("Authenticator", "Brier", "English", "Fisher", "Google", "Johnson", "Lawley", "Microsoft", "Redis"),
    *("Sackett", "Spearman", "Welch"),
}
SPOKEN = ("aria-label", "title", "placeholder", "alt")
# What was typed or is code: the page shows it as it is.
AS_IT_IS = frozenset({"script", "style", "code", "pre", "textarea", "template", "samp", "kbd"})
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
# A word by itself: not a part of a code, an address, a file's name, a variable.
WORD = re.compile(r"(?<![\w@./:{}|=+-])[A-Za-z][A-Za-z']+(?![\w@./:{}|=+-]*[\d@/_=])(?![\w-])", re.ASCII)


class Reader(HTMLParser):
    """Collects what is read aloud or on the screen, but for text that says it is another language."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_hidden = tag in AS_IT_IS or (values.get("lang") or "zh")[:2] != "zh"
        if not self._is_hidden and not is_hidden:
            self.said += [values[name] or "" for name in SPOKEN if name in values]
        if tag not in VOID:
            self._open.append((tag, is_hidden))

    def handle_endtag(self, tag: str) -> None:
        while self._open and any(one == tag for one, _hidden in self._open):
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._is_hidden:
            self.said.append(data)

    @property
    def _is_hidden(self) -> bool:
        return any(hidden for _tag, hidden in self._open)


def latin_words(page: str, *, data: frozenset[str] = frozenset()) -> list[str]:
    """The Latin words on a Chinese page that are on no list, each with what stands around it.

    ``data`` are words of the rows themselves: names of people, of systems, of seasons.
    """
    reader = Reader()
    reader.feed(page)
    found: dict[str, str] = {}
    for said in reader.said:
        text = " ".join(said.split())
        for match in WORD.finditer(text):
            word = match.group()
            if word not in LATIN and word not in data:
                found.setdefault(word, text[max(match.start() - 40, 0) : match.end() + 40])
    return [f"{word}: …{around}…" for word, around in found.items()]

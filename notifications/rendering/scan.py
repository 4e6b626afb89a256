"""The first pass over a source: characters, then tokens, before any parser sees it.

Jinja's lexer works token by token in constant space; its parser is recursive and its token values
are evaluated. So everything that could make the parser deep or a value big is refused here, from
the stream of raw tokens, and reading stops at the first limit that is passed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from jinja2 import Environment, TemplateSyntaxError

from notifications.rendering.findings import MAX_FINDINGS, EnoughFound, Finding

MAX_SOURCE = 20_000
MAX_TOKENS = 900
MAX_TAG_TOKENS = 48
MAX_BRACKETS = 4
MAX_BLOCKS = 5
MAX_STRING = 200

# Controls, invisible and direction characters, surrogates, private use (the checker itself marks
# places with these), tags. Tab and line breaks are text.
_FORBIDDEN_CHARACTER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_INTEGER = re.compile(r"[0-9]{1,9}", re.ASCII)
_FLOAT = re.compile(r"[0-9]{1,9}\.[0-9]{1,6}", re.ASCII)
_KEYWORDS = frozenset({"if", "elif", "else", "endif", "for", "endfor"})
_CLOSES = {"endif": "if", "endfor": "for"}
_OPERATORS = frozenset({"(", ")", ",", ".", "|", "=", "==", "!=", "<", "<=", ">", ">="})
_QUIET = frozenset({"data", "whitespace", "comment_begin", "comment", "comment_end"})


@dataclass(slots=True)
class _Scan:
    findings: list[Finding] = field(default_factory=list)
    tokens: int = 0
    tag_tokens: int = 0
    tag: str = ""
    brackets: int = 0
    # The open {% if %} and {% for %} with their lines.
    blocks: list[tuple[str, int]] = field(default_factory=list)

    def refuse(self, line: int, message: str, remedy: str, *, stop: bool = False) -> None:
        self.findings.append(Finding(line, message, remedy))
        if stop or len(self.findings) >= MAX_FINDINGS:
            raise EnoughFound

    def take(self, line: int, kind: str, value: str) -> None:
        if kind in _QUIET:
            return
        self.tokens += 1
        if self.tokens > MAX_TOKENS:
            self.refuse(
                line, _("The template has too many tags."), _("Split it into content blocks."), stop=True
            )
        if kind in ("variable_begin", "block_begin"):
            self.tag, self.tag_tokens, self.brackets = kind, 0, 0
        elif kind in ("variable_end", "block_end"):
            self.tag = ""
        elif kind.startswith("raw"):
            self.refuse(
                line,
                _("“raw” is not allowed."),
                _("Delete it. Use “&#123;” to show a brace."),
                stop=True,
            )
        else:
            self._take_inside(line, kind, value)

    def _take_inside(self, line: int, kind: str, value: str) -> None:
        self.tag_tokens += 1
        if self.tag_tokens > MAX_TAG_TOKENS:
            self.refuse(line, _("This tag is too long."), _("Split the condition into several."), stop=True)
        if self.tag_tokens == 1 and self.tag == "block_begin":
            self._take_keyword(line, value)
        elif kind == "name":
            self._take_name(line, value)
        elif kind == "string":
            self._take_string(line, value)
        elif kind in ("integer", "float"):
            self._take_number(line, kind, value)
        else:
            self._take_operator(line, value)

    def _take_keyword(self, line: int, value: str) -> None:
        if value not in _KEYWORDS:
            self.refuse(
                line,
                _("“{%% %(name)s %%}” is not allowed.") % {"name": value[:40]},
                _("Only if, elif, else, endif, for and endfor are allowed."),
                stop=True,
            )
        if value in ("if", "for"):
            self.blocks.append((value, line))
            if len(self.blocks) > MAX_BLOCKS:
                self.refuse(line, _("Blocks are nested too deeply."), _("Remove one level."), stop=True)
            return
        opened = self.blocks[-1][0] if self.blocks else ""
        if opened != _CLOSES.get(value, opened or "if") or not opened:
            self.refuse(
                line,
                _("“{%% %(name)s %%}” has no opening tag here.") % {"name": value},
                _("Check that every if has its endif and every for its endfor, in order."),
                stop=True,
            )
        if value in _CLOSES:
            self.blocks.pop()

    def _take_name(self, line: int, value: str) -> None:
        if not _NAME.fullmatch(value) or "__" in value:
            self.refuse(
                line,
                _("“%(name)s” is not a valid template name.") % {"name": value[:40]},
                _(
                    "Names are lower-case Latin letters, digits and single underscores; see the list of variables."
                ),
            )

    def _take_string(self, line: int, value: str) -> None:
        if len(value) > MAX_STRING + 2:
            self.refuse(line, _("A text inside a tag is too long."), _("Put long text outside the tag."))
        if "\\" in value or "\n" in value:
            self.refuse(
                line,
                _("A text inside a tag contains a backslash or a line break."),
                _("Use the characters themselves."),
            )

    def _take_number(self, line: int, kind: str, value: str) -> None:
        if not (_INTEGER if kind == "integer" else _FLOAT).fullmatch(value):
            self.refuse(
                line,
                _("This number is too large or malformed."),
                _("Use at most nine plain digits."),
                stop=True,
            )

    def _take_operator(self, line: int, value: str) -> None:
        if value not in _OPERATORS:
            self.refuse(
                line,
                _("“%(sign)s” is not allowed: templates display values and do not calculate.")
                % {"sign": value[:10]},
                _("Delete it. Put texts and variables next to each other."),
                stop=True,
            )
        self.brackets += (value == "(") - (value == ")")
        if self.brackets > MAX_BRACKETS:
            self.refuse(line, _("Brackets are nested too deeply."), _("Split the condition."), stop=True)


def scan(source: str, environment: Environment) -> list[Finding]:
    """Everything that must not reach the parser; empty when the source may be parsed. Linear in time."""
    if len(source) > MAX_SOURCE:
        message = _("The text is longer than %(limit)d characters.") % {"limit": MAX_SOURCE}
        return [Finding(1, message, _("Shorten it, or move text into content blocks."))]
    findings = list(_characters(source))
    if findings:
        return findings[:MAX_FINDINGS]
    state = _Scan()
    try:
        for line, kind, value in environment.lex(source):
            state.take(line, kind, value)
        if state.blocks:
            name, line = state.blocks[-1]
            state.refuse(
                line,
                _("“{%% %(name)s %%}” is not closed.") % {"name": name},
                _("Add “{%% end%(name)s %%}” where it should end.") % {"name": name},
            )
    except EnoughFound:
        pass
    except TemplateSyntaxError as error:
        state.findings.append(syntax_finding(error))
    return state.findings


def syntax_finding(error: TemplateSyntaxError) -> Finding:
    """What the reader of Jinja's syntax did not understand; its own words stay English."""
    detail = (error.message or "").split("\n")[0][:160]
    return Finding(
        error.lineno or 1,
        _("This cannot be read: %(detail)s.") % {"detail": detail.rstrip(".")},
        _("Check that every “{{” has its “}}” and every “{%” its “%}”."),
    )


def _characters(source: str) -> Iterator[Finding]:
    for match in _FORBIDDEN_CHARACTER.finditer(source):
        yield Finding(
            source.count("\n", 0, match.start()) + 1,
            _("The text contains an invisible or forbidden character (U+%(code)04X).")
            % {"code": ord(match.group())},
            _("Delete it, or type the passage again."),
        )
        # One is enough to send the author looking; counting lines for each would be quadratic.
        return

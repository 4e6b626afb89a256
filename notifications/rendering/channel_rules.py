"""What each channel asks of a text beyond its syntax, judged when a version is published.

The rules and their reasons stand in docs/channels.md. A body is rendered in every way in which it can
come out, for candidates with the longest plausible values and for one without anything optional; what
any of these texts breaks is a finding. A channel's own registered templates will be rules beside these.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import east_asian_width

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from jinja2 import nodes

from notifications.enums import ChannelCode
from notifications.rendering.checker import checked_tree
from notifications.rendering.content_fields import (
    HTML_FIELDS,
    WECHAT_FIELDS,
    WECOM_TITLE_BYTES,
    BlockKind,
    ContentField,
)
from notifications.rendering.context import complete
from notifications.rendering.engine import RenderFailed, render_tree
from notifications.rendering.findings import Finding
from notifications.rendering.samples import bare_context, longest_contexts
from notifications.rendering.sms import (
    LINK_PLACEHOLDER,
    MOST_SEGMENTS,
    count_segments,
    foreign_to_gsm,
    over_segments,
    with_link,
)
from notifications.rendering.variables import variables_for
from notifications.rendering.variants import variants

SUBJECT_COLUMNS = 100
SIGNATURE = {
    "zh-Hans": re.compile(r"【[^\s【】][^【】]{0,16}[^\s【】]】"),
    "en": re.compile(r"【[^\s【】][^【】]{0,16}[^\s【】]】|\[[^\s\[\]][^\[\]]{0,16}[^\s\[\]]\](?= )"),
}
# A phone takes every printed sign of ASCII as part of an address, and most of them Chinese signs as well.
ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
ENDS_ADDRESS = re.compile(r"[A-Za-z0-9/=_-]")
BEFORE_ADDRESS = frozenset(":：,，;；.。!！?？、")
IN_HREF = re.compile(re.escape(f'href="{LINK_PLACEHOLDER}"'))
TAG = re.compile(r"<[^<>]*>")
WITH_BLOCKS = {"branch": "分行 branch", "role": "岗位 role", "strengths": "优势 strengths"}
CHANNEL_OF_FIELD: Mapping[ContentField, ChannelCode] = {
    ContentField.APP_TITLE: ChannelCode.APP,
    ContentField.APP_HTML: ChannelCode.APP,
    ContentField.SMS: ChannelCode.SMS,
    **dict.fromkeys(WECHAT_FIELDS, ChannelCode.WECHAT),
    ContentField.EMAIL_SUBJECT: ChannelCode.EMAIL,
    ContentField.EMAIL_HTML: ChannelCode.EMAIL,
    ContentField.EMAIL_TEXT: ChannelCode.EMAIL,
    # A part is read in the message of each of these; its link is what can go wrong in it.
    ContentField.BLOCK_HTML: ChannelCode.EMAIL,
    ContentField.BLOCK_TEXT: ChannelCode.EMAIL,
}
Bodies = Mapping[tuple[str, ContentField], str]


@dataclass(frozen=True, slots=True)
class Written:
    """One body and every text that can come of it, the candidate's link in its place."""

    source: str
    content_field: ContentField
    language: str
    texts: tuple[str, ...]
    link: str
    is_one_value: bool

    @property
    def channel(self) -> str:
        """The channel's name on screen."""
        return str(CHANNEL_OF_FIELD[self.content_field].label)

    def line_of(self, needle: str) -> int:
        """The line of the source on which this first stands, else the first."""
        found = self.source.find(needle)
        return self.source.count("\n", 0, found) + 1 if found >= 0 else 1

    def told(self, message: str, remedy: str, *, line: int = 1) -> Finding:
        """A finding that begins with the channel."""
        return Finding(line, f"{self.channel}{_(': ')}{message}", remedy)


Rule = Callable[[Written], Iterator[Finding]]


def channel_findings(
    bodies: Bodies, *, kind: BlockKind, link: str
) -> dict[tuple[str, ContentField], list[Finding]]:
    """What keeps these checked bodies from being sent well, by language and field; empty where nothing does.

    ``link`` is a candidate's link of the length that real ones have.

    Raises:
        TemplateRefused: a source does not pass the checker.
    """
    found: dict[tuple[str, ContentField], list[Finding]] = {}
    for (language, content_field), source in bodies.items():
        if not source.strip() or content_field not in RULES:
            continue
        is_mail = (
            content_field is ContentField.APP_HTML
            and not bodies.get((language, ContentField.EMAIL_HTML), "").strip()
        )
        rules = (*RULES[content_field], *([_mail_has_link] if is_mail else []))
        findings = _findings(source, kind, content_field, language, link, rules, get_language())
        if findings:
            found[language, content_field] = list(findings)
    return found


# A preview asks again with every key that is pressed, and most bodies are as they were.
@lru_cache(maxsize=512)
def _findings(
    source: str,
    kind: BlockKind,
    content_field: ContentField,
    language: str,
    link: str,
    rules: tuple[Rule, ...],
    _spoken: str | None,
) -> tuple[Finding, ...]:
    tree = checked_tree(source, allowed=variables_for(kind, content_field), html=content_field in HTML_FIELDS)
    try:
        texts = tuple(dict.fromkeys(_texts(tree, content_field, language)))
    except RenderFailed:
        return (
            Finding(
                1, _("The resulting text is too long."), _("Shorten it, or split it into content blocks.")
            ),
        )
    body = Written(source, content_field, language, texts, link, _is_one_value(tree))
    return tuple(finding for rule in rules for finding in rule(body))


def _texts(tree: nodes.Template, content_field: ContentField, language: str) -> Iterator[str]:
    contexts = [complete(context) | {"parts": WITH_BLOCKS} for context in longest_contexts(language)]
    contexts.append(complete(bare_context(language)) | {"parts": dict.fromkeys(WITH_BLOCKS, "")})
    for body in variants(tree.body):
        variant = nodes.Template(body, lineno=1)
        yield from (
            render_tree(variant, context, content_field=content_field, language=language)
            for context in contexts
        )


def _is_one_value(tree: nodes.Template) -> bool:
    """Whether a body is one variable and nothing else: then nobody can make it shorter."""
    outputs = [node for node in tree.body if isinstance(node, nodes.Output)]
    pieces = [
        piece
        for node in outputs
        for piece in node.nodes
        if not isinstance(piece, nodes.TemplateData) or piece.data.strip()
    ]
    is_plain = len(outputs) == len(tree.body)
    return is_plain and len(pieces) == 1 and not isinstance(pieces[0], nodes.TemplateData)


def _signature(body: Written) -> Iterator[Finding]:
    for text in body.texts:
        signed = SIGNATURE[body.language].match(text)
        if signed is None:
            yield body.told(
                _("it does not begin with the sender's signature."),
                _(
                    "Begin with the signature registered with the operator, 2 to 18 characters such as "
                    "【Sample Bank】. Operators reject texts without one."
                ),
            )
            return
        if "【" in text[signed.end() :] or "】" in text[signed.end() :]:
            yield body.told(
                _("“【】” occurs a second time in the text."),
                _("Operators treat it as another signature. Use other brackets."),
            )
            return


def _shown_by_phones(body: Written) -> Iterator[Finding]:
    sign = next((sign for text in body.texts for sign in text if ord(sign) > 0xFFFF), None)
    if sign is not None:
        yield body.told(
            _("“%(sign)s” is displayed as a box on some phones.") % {"sign": sign},
            _("Use words or ordinary punctuation."),
            line=body.line_of(sign),
        )


def _segments(body: Written) -> Iterator[Finding]:
    texts = [with_link(text, body.link) for text in body.texts]
    over, worst = max((over_segments(text, MOST_SEGMENTS), text) for text in texts)
    if not over:
        return
    counted = count_segments(worst)
    remedy = _("Shorten it by %(over)d characters.") % {"over": over}
    static = next((sign for sign in foreign_to_gsm(body.source) if all(sign in text for text in texts)), "")
    if static and body.language == "en":
        remedy += " " + _("“%(sign)s” alone halves the capacity of a segment. Use plain Latin letters.") % {
            "sign": static
        }
    yield body.told(
        _(
            "with long names it takes %(segments)d segments (%(characters)d characters, %(encoding)s);"
            " at most %(most)d are sent."
        )
        % {
            "segments": counted.segments,
            "characters": counted.characters,
            "encoding": counted.encoding,
            "most": MOST_SEGMENTS,
        },
        remedy,
    )


def _has_link(body: Written) -> Iterator[Finding]:
    if any(LINK_PLACEHOLDER not in text for text in body.texts):
        yield body.told(
            _("for some or all candidates there is no link to the candidate's page."),
            _("Use {{ link }} once, outside any “if”."),
        )


def _mail_has_link(body: Written) -> Iterator[Finding]:
    if any(LINK_PLACEHOLDER not in text for text in body.texts):
        yield Finding(
            1,
            _(
                "Email: it uses this message, which lacks the link to the candidate's page for some or all candidates."
            ),
            _('Use <a href="{{ link }}">…</a> outside any “if”, or enter a separate email message.'),
        )


def _has_one_link(body: Written) -> Iterator[Finding]:
    if any(text.count(LINK_PLACEHOLDER) > 1 for text in body.texts):
        yield body.told(
            _("the link occurs more than once."),
            _("Keep one. Each additional link takes up most of a segment."),
            line=body.line_of("link"),
        )


def _link_stands_free(body: Written) -> Iterator[Finding]:
    told: set[str] = set()
    for text in body.texts:
        plain = TAG.sub(" ", text) if body.content_field in HTML_FIELDS else text
        for before, address, after in _addresses(with_link(plain, body.link), body.link):
            line = body.line_of("link" if address.startswith(body.link) else address[:12])
            if after and "after" not in told:
                told.add("after")
                yield body.told(
                    _("“%(sign)s” directly follows a link. Phones treat it as part of the address.")
                    % {"sign": after},
                    _("Put a space or a new line between them, or end the sentence before the link."),
                    line=line,
                )
            if before and "before" not in told:
                told.add("before")
                yield body.told(
                    _("“%(sign)s” directly precedes a link. Some phones then do not recognise the link.")
                    % {"sign": before},
                    _("Put a colon or a space between them."),
                    line=line,
                )


def _addresses(text: str, link: str) -> Iterator[tuple[str, str, str]]:
    """Each address in a text between the signs beside it that a phone would misread; empty where none is."""
    for match in ADDRESS.finditer(text):
        address = match.group()
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        if address.startswith(link) and address != link:
            after = address[len(link)]
        elif ENDS_ADDRESS.fullmatch(address[-1]) is None:
            after = address[-1]
        yield (
            "" if before.isspace() or before in BEFORE_ADDRESS else before,
            address,
            "" if after.isspace() else after,
        )


def _link_can_be_pressed(body: Written) -> Iterator[Finding]:
    if any(LINK_PLACEHOLDER in IN_HREF.sub("", text) for text in body.texts):
        yield body.told(
            _("the link is shown as a bare address."),
            _('Use link text: <a href="{{ link }}">your page</a>.'),
            line=body.line_of("link"),
        )


def _has_no_link(body: Written) -> Iterator[Finding]:
    if any(ADDRESS.search(with_link(text, body.link)) for text in body.texts):
        yield body.told(
            _("a link cannot be opened here."),
            _("Delete it. The message itself opens the candidate's page."),
            line=body.line_of("link"),
        )


def _is_never_empty(body: Written) -> Iterator[Finding]:
    if "" in body.texts:
        yield body.told(
            _("it is empty if the candidate has no such value, and the message is rejected."),
            _('Add text around the value, or |default("…") after it.'),
        )


def _fits(most: int, width: Callable[[str], int], unit: Callable[[int], str]) -> Rule:
    def rule(body: Written) -> Iterator[Finding]:
        longest = max(width(text) for text in body.texts)
        if longest > most and not body.is_one_value:
            yield body.told(
                _("with long names it is cut: %(found)d of at most %(most)s.")
                % {"found": longest, "most": unit(most)},
                _("Shorten the words around the values."),
            )

    return rule


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _in_wecom(body: Written) -> Iterator[Finding]:
    """The title of the app is also that of WeCom's card."""
    longest = max(len(text.encode()) for text in body.texts)
    if longest > WECOM_TITLE_BYTES and not body.is_one_value:
        yield Finding(
            1,
            _("WeCom: with long names the title is cut: %(found)d of at most %(most)d bytes.")
            % {"found": longest, "most": WECOM_TITLE_BYTES},
            _("Shorten it; a Chinese character takes three bytes."),
        )


def _characters_unit(most: int) -> str:
    return _("%(most)d characters") % {"most": most}


def _columns_unit(most: int) -> str:
    return _("%(most)d columns, a Chinese character takes two") % {"most": most}


ONE_LINE = (_is_never_empty, _has_no_link)
HTML = (_link_can_be_pressed, _link_stands_free)
RULES: Mapping[ContentField, tuple[Rule, ...]] = {
    ContentField.APP_TITLE: (*ONE_LINE, _in_wecom),
    ContentField.APP_HTML: HTML,
    ContentField.SMS: (_signature, _has_link, _has_one_link, _link_stands_free, _shown_by_phones, _segments),
    **{
        content_field: (*ONE_LINE, _fits(most, len, _characters_unit))
        for content_field, (_name, most) in WECHAT_FIELDS.items()
    },
    ContentField.EMAIL_SUBJECT: (*ONE_LINE, _fits(SUBJECT_COLUMNS, _columns, _columns_unit)),
    ContentField.EMAIL_HTML: (_has_link, *HTML),
    ContentField.EMAIL_TEXT: (_has_link, _link_stands_free),
    ContentField.BLOCK_HTML: HTML,
    ContentField.BLOCK_TEXT: (_link_stands_free,),
}

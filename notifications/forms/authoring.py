"""Writing templates: what one is for, its bodies, and the sample on which they are shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.enums import BranchFeature, PositionFamily, word_of
from branches.forms import BranchField, offer
from branches.models import Branch, Position
from hrportal.kernel.form_fields import TextField
from notifications.enums import Dimension, Language
from notifications.models import MessageTemplate, TemplateVersion
from notifications.providers.registry import is_on
from notifications.queries.authoring import known_families, known_features
from notifications.queries.previews import Sample
from notifications.rendering.content_fields import (
    FIELD_LABELS,
    KIND_CHOICES,
    SINGLE_LINE_FIELDS,
    BlockKind,
    ContentField,
    fields_of,
    required_fields_of,
)
from notifications.rendering.findings import Finding

if TYPE_CHECKING:
    TemplateModelForm = forms.ModelForm[MessageTemplate]
else:
    TemplateModelForm = forms.ModelForm

MOST_STRENGTHS = 2
LONGEST_NOTE = 200
LONG_ROWS, SHORT_ROWS, SMS_ROWS = 18, 2, 4
# What a channel shows; the parts have no channel of their own.
CHANNELS: tuple[tuple[str, Any, str, tuple[ContentField, ...]], ...] = (
    (
        "page",
        gettext_lazy("App and page"),
        "device-mobile",
        (ContentField.APP_TITLE, ContentField.APP_HTML, ContentField.PAGE_HTML),
    ),
    ("sms", gettext_lazy("SMS"), "message-circle", (ContentField.SMS,)),
    (
        "wechat",
        gettext_lazy("WeChat"),
        "brand-wechat",
        (
            ContentField.WECHAT_FIRST,
            ContentField.WECHAT_KEYWORD1,
            ContentField.WECHAT_KEYWORD2,
            ContentField.WECHAT_KEYWORD3,
            ContentField.WECHAT_REMARK,
        ),
    ),
    (
        "email",
        gettext_lazy("Email"),
        "mail",
        (ContentField.EMAIL_SUBJECT, ContentField.EMAIL_HTML, ContentField.EMAIL_TEXT),
    ),
    (
        "part",
        gettext_lazy("Content block"),
        "file-description",
        (ContentField.BLOCK_HTML, ContentField.BLOCK_TEXT),
    ),
)
CHANNEL_OF = {
    content_field: code
    for code, _label, _icon, content_fields in CHANNELS
    for content_field in content_fields
}


@dataclass(frozen=True, slots=True)
class ChannelFields:
    """The fields of one channel in one language."""

    code: str
    fields: list[forms.BoundField]


@dataclass(frozen=True, slots=True)
class LanguageFields:
    """The fields of one language, by channel."""

    code: str
    label: Any
    channels: list[ChannelFields]


class BodiesForm(forms.Form):
    """Every body of a draft, in both languages, each in a field of its own. What is typed is always kept."""

    # Which draft the author started from; a draft saved by somebody else meanwhile is not overwritten.
    seen = TextField(widget=forms.HiddenInput, required=False, max_length=64)
    note = TextField(label=gettext_lazy("What changed"), required=False, max_length=LONGEST_NOTE)
    language = forms.ChoiceField(choices=Language, required=False, initial=Language.CHINESE)
    channel = forms.ChoiceField(choices=[(code, label) for code, label, _i, _s in CHANNELS], required=False)

    def __init__(self, *args: Any, kind: BlockKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        required = required_fields_of(kind)
        for language in Language:
            for content_field in fields_of(kind):
                # As typed: the checker names the line of a character that may not be there.
                self.fields[field_name(language, content_field)] = forms.CharField(
                    label=str(FIELD_LABELS[content_field]),
                    required=False,
                    strip=False,
                    widget=forms.Textarea(
                        attrs=_attributes(language, content_field, is_needed=content_field in required)
                    ),
                )

    def bodies(self) -> dict[tuple[str, ContentField], str]:
        """What was typed, by language and field; usable before and without validation."""
        typed = {name: self[name].value() or "" for name in self.fields}
        return {
            (language.value, content_field): typed[field_name(language, content_field)].replace("\r\n", "\n")
            for language in Language
            for content_field in fields_of(self.kind)
        }

    def refuse(self, by_body: Mapping[tuple[str, ContentField], Iterable[Finding]]) -> None:
        """Say beside each body what is wrong with it."""
        for (language, content_field), findings in by_body.items():
            errors = [
                ValidationError(
                    _("Line %(line)d: %(message)s %(remedy)s"),
                    params={"line": found.line, "message": found.message, "remedy": found.remedy},
                )
                for found in findings
            ]
            self.add_error(field_name(language, content_field), cast("Any", errors))

    def lacking(self, missing: Sequence[str]) -> None:
        """Say beside each body that is missing that its language needs it."""
        for name in missing:
            language, _sep, content_field = name.partition("/")
            if content_field:
                self.add_error(
                    field_name(language, ContentField(content_field)),
                    _("This text is missing. Enter it, or clear all texts of this language."),
                )
        if not any("/" in name for name in missing):
            self.add_error(None, _("No text yet. Enter at least the Chinese texts."))

    def by_language(self) -> Iterator[LanguageFields]:
        """The fields as the page groups them."""
        content_fields = fields_of(self.kind)
        for language in Language:
            channels = [
                ChannelFields(
                    code,
                    [
                        self[field_name(language, content_field)]
                        for content_field in channel
                        if content_field in content_fields
                    ],
                )
                for code, _label, _icon, channel in CHANNELS
            ]
            yield LanguageFields(language.value, language.label, [one for one in channels if one.fields])

    def tabs(self) -> list[dict[str, Any]]:
        """The channels this kind has: code, label, icon, how many bodies have errors, whether the bank has it."""
        content_fields = fields_of(self.kind)
        return [
            {
                "code": code,
                "label": label,
                "icon": icon,
                "errors": self._wrong(channel=code),
                # A page and a part are shown whatever the channels.
                "is_on": code in ("page", "part") or is_on(code),
            }
            for code, label, icon, channel in CHANNELS
            if set(channel) & set(content_fields)
        ]

    def languages(self) -> list[dict[str, Any]]:
        """The languages: code, label, and how many of their bodies have errors."""
        return [
            {"code": one.value, "label": one.label, "errors": self._wrong(language=one.value)}
            for one in Language
        ]

    @property
    def open_language(self) -> str:
        """The language to show: where the first error is, else what the author had open."""
        first = self._first_wrong()
        return first[0] if first else self._typed("language") or Language.CHINESE.value

    @property
    def open_channel(self) -> str:
        """The channel to show, by the same rule."""
        first = self._first_wrong()
        known = [tab["code"] for tab in self.tabs()]
        chosen = CHANNEL_OF[first[1]] if first else self._typed("channel")
        return chosen if chosen in known else known[0]

    def _typed(self, name: str) -> str:
        value = str(self[name].value() or "")
        known = (*Language.values, *CHANNEL_OF.values())
        return value if value in known else ""

    def _wrong_bodies(self) -> list[tuple[str, ContentField]]:
        if not self.is_bound:
            return []
        return [
            (language.value, content_field)
            for language in Language
            for content_field in fields_of(self.kind)
            if field_name(language, content_field) in self.errors
        ]

    def _first_wrong(self) -> tuple[str, ContentField] | None:
        wrong = self._wrong_bodies()
        here = [body for body in wrong if (body[0], CHANNEL_OF[body[1]]) == self._open()]
        return next(iter(here or wrong), None)

    def _open(self) -> tuple[str, str]:
        return self._typed("language"), self._typed("channel")

    def _wrong(self, *, language: str = "", channel: str = "") -> int:
        return sum(
            1
            for one, content_field in self._wrong_bodies()
            if (not language or one == language) and (not channel or CHANNEL_OF[content_field] == channel)
        )


class SampleForm(forms.Form):
    """For whom the preview is written. A choice that does not exist counts as none, so that a preview never fails."""

    sample_position = forms.ModelChoiceField(
        Position.objects.all(), label=gettext_lazy("Position"), to_field_name="code", required=False
    )
    sample_branch = forms.ChoiceField(label=gettext_lazy("Branch"), required=False)
    sample_strengths = forms.MultipleChoiceField(
        label=gettext_lazy("Strengths"),
        choices=Dimension,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A notice names at most two."),
    )

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "sample_branch", [("", "–"), *branches])
        self.fields["sample_position"].empty_label = "–"  # type: ignore[attr-defined]  # it is a ModelChoiceField

    def sample(self, language: str) -> Sample:
        """The sample that was chosen; at most one query for the branch, its features included."""
        self.is_valid()
        chosen = getattr(self, "cleaned_data", {})
        code = chosen.get("sample_branch") or ""
        return Sample(
            language=language,
            position=chosen.get("sample_position"),
            branch=Branch.objects.filter(code=code).first() if code else None,
            strengths=tuple(chosen.get("sample_strengths") or ())[:MOST_STRENGTHS],
        )


class TemplateForm(TemplateModelForm):
    """What a template is for."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KIND_CHOICES)
    branch = BranchField(help_text=gettext_lazy("Branch block: this branch and all branches below it."))
    feature = forms.ChoiceField(
        label=gettext_lazy("Branch feature"),
        required=False,
        help_text=gettext_lazy("Branch block: all branches with the feature, instead of one branch."),
    )
    dimension = forms.ChoiceField(
        label=gettext_lazy("Interview dimension"),
        choices=[("", "–"), *Dimension.choices],
        required=False,
        help_text=gettext_lazy("Interview strength block."),
    )
    position_family = forms.ChoiceField(
        label=gettext_lazy("Position family"),
        required=False,
        help_text=gettext_lazy("Role block: all positions of the family without a specific block."),
    )

    class Meta:
        model = MessageTemplate
        fields = ["name", "code", "kind", "branch", "feature", "dimension", "position", "position_family"]
        labels = {"position": gettext_lazy("Position")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "feature", _choices(known_features(), self.instance.feature, BranchFeature))
        offer(
            self, "position_family", _choices(known_families(), self.instance.position_family, PositionFamily)
        )
        if self.instance.pk:
            self.fields["kind"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Each kind names what it is for and nothing else."""
        typed = super().clean() or self.cleaned_data
        kind = typed.get("kind") or self.instance.kind
        if kind == BlockKind.BRANCH and bool(typed.get("branch")) == bool(typed.get("feature")):
            self.add_error(
                "branch", _("A branch block applies to one branch or one feature. Choose one of the two.")
            )
        if kind == BlockKind.STRENGTH and not typed.get("dimension"):
            self.add_error("dimension", _("Choose the interview dimension for this block."))
        if kind == BlockKind.ROLE and bool(typed.get("position")) == bool(typed.get("position_family")):
            self.add_error(
                "position",
                _("A role block applies to one position or one position family. Choose one of the two."),
            )
        foreign = {
            BlockKind.BASE.value: ("branch", "feature", "dimension"),
            BlockKind.BRANCH.value: ("dimension", "position", "position_family"),
            BlockKind.ROLE.value: ("branch", "feature", "dimension"),
            BlockKind.STRENGTH.value: ("branch", "feature", "position", "position_family"),
        }.get(kind, ())
        for name in foreign:
            if typed.get(name):
                self.add_error(name, _("Templates of this kind do not use this field. Leave it empty."))
        return typed


def field_name(language: str, content_field: ContentField) -> str:
    """The name of a body's field."""
    return f"{language}-{content_field.value}"


def initial_of(
    version: TemplateVersion, bodies: Mapping[tuple[str, ContentField], str], digest: str
) -> dict[str, str]:
    """What the form shows of a stored version."""
    shown = {
        field_name(language, content_field): source for (language, content_field), source in bodies.items()
    }
    return {**shown, "note": version.note, "seen": digest}


def _choices(known: Sequence[str], stored: str, words: type[TextChoices]) -> list[tuple[str, str]]:
    codes = sorted({*known, *filter(None, [stored])})
    return [("", "–"), *((code, word_of(code, words)) for code in codes)]


def _attributes(language: str, content_field: ContentField, *, is_needed: bool) -> dict[str, Any]:
    rows = (
        SMS_ROWS
        if content_field is ContentField.SMS
        else SHORT_ROWS
        if content_field in SINGLE_LINE_FIELDS
        else LONG_ROWS
    )
    return {
        "data-editor": "jinja",
        "rows": rows,
        "lang": language,
        "spellcheck": "false",
        "data-needed": "yes" if is_needed else "",
    }

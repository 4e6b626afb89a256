"""Parts of templates that a province writes for its branches and head office approves."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission
from branches.models import Branch
from branches.queries import branch_choices
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.optimistic_lock import EditConflict
from hrportal.kernel.pages import Typed, acted, form_page, sent, takes, tell
from hrportal.kernel.refusals import Conflict, Refused
from notifications.enums import Language
from notifications.forms.authoring import BodiesForm, initial_of
from notifications.forms.content_blocks import ContentBlockForm, Decision, DecisionForm
from notifications.models import MessageTemplate, TemplateVersion
from notifications.operations.templates import (
    AlreadyPublished,
    BodiesRefused,
    VersionIncomplete,
    keep_template,
    open_draft,
    publish_submitted,
    return_submitted,
    save_bodies,
    submit_draft,
)
from notifications.queries.authoring import differing_bodies
from notifications.queries.content_blocks import (
    CONTENT_BLOCK_PERMISSIONS,
    listed_blocks,
    visible_blocks,
    visible_versions,
)
from notifications.queries.previews import Sample, preview_of
from notifications.queries.templates import bodies_of, current_version, digest_of
from notifications.rendering.content_fields import BlockKind, ContentField

# A part is a paragraph or two, and all four of them stand on one page.
BLOCK_ROWS = 7


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """The parts of the viewer's branches; those that wait for head office first."""
    access = _access(request)
    context = {
        "rows": listed_blocks(access),
        "may_write": access.has_permission(Permission.WRITE_CONTENT_BLOCKS),
        "may_decide": access.everywhere(Permission.WRITE_TEMPLATES),
    }
    return render(request, "content_blocks/index.html", context)


@takes("GET", "POST")
def begin(request: HttpRequest) -> HttpResponse:
    """A part for a branch that has none of its own; one that has leads to its draft."""
    access = _access(request, Permission.WRITE_CONTENT_BLOCKS)
    choices = branch_choices(access.scopes.get(Permission.WRITE_CONTENT_BLOCKS))

    def started(typed: Typed) -> HttpResponse:
        branch = Branch.objects.get(code=typed["branch"])
        part = visible_blocks(access).filter(branch=branch).first() or keep_template(
            template=MessageTemplate(
                code=f"branch-{branch.code}", name=branch.name, kind=BlockKind.BRANCH, branch=branch
            )
        )
        version = open_draft(template=part, now=clocks.now(), by=access.user)
        return redirect("content_block", pk=version.pk)

    return form_page(
        request,
        ContentBlockForm(sent(request), branches=choices),
        started,
        title=_("New branch content block"),
        intro=_(
            "What the branch tells candidates about itself. Applies to the branch and all branches below it."
        ),
        back_url=reverse("content_blocks"),
        back_label=_("Branch content"),
        submit_label=_("Start writing"),
    )


@takes("POST")
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the draft of a part; a new one starts from the version in use."""
    access = _access(request, Permission.WRITE_CONTENT_BLOCKS)
    part = get_object_or_404(visible_blocks(access), pk=pk)
    _require_writer(access, part)
    version = open_draft(template=part, now=clocks.now(), by=access.user)
    return redirect("content_block", pk=version.pk)


@takes("GET", "POST")
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a draft and see it; nothing unchecked is stored."""
    access, version = _find(request, pk)
    if request.method != "POST":
        return _page(request, access, version, _form(version, None))
    _require_writer(access, version.template)
    form = _form(version, request.POST)

    def saved(typed: Typed) -> HttpResponse:
        save_bodies(version=version, bodies=form.bodies(), note=typed["note"], seen=typed["seen"])
        messages.success(request, _("Draft saved. Submit it when it is ready."))
        return redirect("content_block", pk=version.pk)

    if "_preview" in request.POST:
        form.is_valid()
        return _page(request, access, version, form)
    return acted(
        request,
        form,
        saved,
        lambda: _page(request, access, version, form),
        back_url=reverse("content_blocks"),
        leaves_on=AlreadyPublished,
    )


@takes("POST")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a draft to head office."""
    access, version = _find(request, pk)
    _require_writer(access, version.template)
    try:
        submit_draft(version=version, seen=request.POST.get("seen"), now=clocks.now(), by=access.user)
    except AlreadyPublished as refusal:
        tell(request, refusal)
    except EditConflict as refusal:
        tell(request, refusal)
        return redirect("content_block", pk=version.pk)
    except Refused as refusal:
        form = _form(version, initial_of(version, bodies_of(version), digest_of(bodies_of(version))))
        form.is_valid()
        refusal.tell(form)
        return _page(request, access, version, form)
    else:
        messages.success(request, _("Submitted. Head office will approve or return it."))
    return redirect("content_blocks")


@takes("GET", "POST")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Head office reads what changes, and approves or returns it."""
    access, version = _find(request, pk)
    if not access.everywhere(Permission.WRITE_TEMPLATES):
        raise Http404
    if version.submitted_at is None or version.published_at is not None:
        tell(request, Conflict())
        return redirect("content_blocks")
    form = DecisionForm(sent(request), initial={"submitted_at": version.submitted_at.isoformat()})

    def show() -> HttpResponse:
        before = current_version(version.template)
        context = {
            "version": version,
            "form": form,
            "bodies": differing_bodies(before, version) if before else [],
            "left": before,
            "right": version,
            "previews": _previews(version, bodies_of(version)),
        }
        return render(request, "content_blocks/decide.html", context, status=422 if form.errors else 200)

    return acted(
        request,
        form,
        lambda typed: _decide(typed, version, access, now=clocks.now()),
        show,
        back_url=reverse("content_blocks"),
        done=_("Decision saved."),
        leaves_on=Conflict,
    )


def _decide(found: Typed, version: TemplateVersion, access: Access, *, now: datetime) -> None:
    if found["decision"] == Decision.PUBLISH:
        try:
            publish_submitted(version=version, submitted_at=found["submitted_at"], now=now, by=access.user)
        except VersionIncomplete:
            raise Conflict from None
        except BodiesRefused as refusal:
            # This page has no field for each body.
            raise Refused(str(refusal)) from None
    else:
        return_submitted(
            now=now,
            version=version,
            submitted_at=found["submitted_at"],
            answer=found["answer"].strip(),
            by=access.user,
        )


def _access(request: HttpRequest, *permissions: Permission) -> Access:
    return viewer(request, *(permissions or CONTENT_BLOCK_PERMISSIONS))


def _find(request: HttpRequest, pk: int) -> tuple[Access, TemplateVersion]:
    access = _access(request)
    return access, get_object_or_404(visible_versions(access), pk=pk)


def _require_writer(access: Access, part: MessageTemplate) -> None:
    if part.branch_id is None:
        raise Http404
    access.require_at(Permission.WRITE_CONTENT_BLOCKS, branch_id=part.branch_id)


def _form(version: TemplateVersion, data: object) -> BodiesForm:
    bodies = bodies_of(version)
    form = BodiesForm(data, kind=BlockKind.BRANCH, initial=initial_of(version, bodies, digest_of(bodies)))
    for field in form.fields.values():
        if "rows" in field.widget.attrs:
            field.widget.attrs["rows"] = BLOCK_ROWS
    return form


def _previews(
    version: TemplateVersion, bodies: Mapping[tuple[str, ContentField], str]
) -> list[tuple[object, object]]:
    part = version.template
    return [
        (language.label, preview_of(part, bodies, Sample(language=language, branch=part.branch)))
        for language in Language
    ]


def _page(request: HttpRequest, access: Access, version: TemplateVersion, form: BodiesForm) -> HttpResponse:
    part = version.template
    may_write = part.branch_id is not None and access.has_permission_at(
        Permission.WRITE_CONTENT_BLOCKS, branch_id=part.branch_id
    )
    is_draft = version.published_at is None
    context = {
        "version": version,
        "form": form,
        "may_write": may_write and is_draft,
        "seen": digest_of(bodies_of(version)),
        "previews": _previews(version, form.bodies()),
    }
    return render(request, "content_blocks/write.html", context, status=422 if form.errors else 200)

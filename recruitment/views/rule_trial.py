"""The dry run: type a candidate, see which rule would be chosen and why."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from branches.access import Permission
from branches.models import Position
from branches.queries import branch_choices
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes
from recruitment.forms.rules import TrialForm
from recruitment.models import NoticeRule
from recruitment.queries.rules import active_rules
from recruitment.rules import evaluate
from recruitment.views.traces import in_words, names_by_code


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Nothing is stored and nobody is looked up; so what is typed may stand in the address."""
    access = viewer(request, Permission.WRITE_TEMPLATES, Permission.COMPOSE_NOTICE)
    places = access.scopes.get(Permission.WRITE_TEMPLATES) or access.scopes.get(Permission.COMPOSE_NOTICE)
    form = TrialForm(
        request.GET if "position" in request.GET else None,
        branches=branch_choices(places),
        initial={"graduation_year": clocks.now().year},
    )
    context: dict[str, object] = {
        "form": form,
        "may_write": access.has_permission(Permission.WRITE_TEMPLATES),
    }
    if form.is_bound and form.is_valid():
        chosen, trace = evaluate(active_rules(), form.facts())
        said = in_words(trace, names=names_by_code(Position.objects.all()))
        name = next((step.get("name") for step in said if step["chosen"]), None)
        context |= {"is_tried": True, "chosen": chosen, "chosen_name": name or chosen, "trace": said}
    context["rules"] = NoticeRule.objects.select_related(
        "template", "channel_plan", "branch"
    ).prefetch_related("positions")
    return render(request, "rules/trial.html", context)

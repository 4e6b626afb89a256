"""A province writes what its branches say of themselves; head office approves it with other eyes."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from branches.models import Branch
from branches.operations import grant_role
from branches.roles import Role
from hrportal.kernel.refusals import NotSecondPerson
from notifications.enums import Language
from notifications.forms.authoring import field_name
from notifications.models import MessageTemplate, TemplateVersion
from notifications.operations.templates import publish
from notifications.queries.templates import bodies_of, current_version, digest_of
from notifications.rendering.content_fields import ContentField
from tests.factories import NOW, make_world
from tests.staff import Staff, make_everybody

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(business_clock: Settings) -> Staff:
    make_world()
    return make_everybody()


def typed(version: TemplateVersion, html: str = "<p>深圳欢迎您。</p>") -> dict[str, Any]:
    return {
        field_name(Language.CHINESE, ContentField.BLOCK_HTML): html,
        field_name(Language.CHINESE, ContentField.BLOCK_TEXT): "深圳欢迎您。",
        "seen": digest_of(bodies_of(version)),
        "note": "first words",
    }


def begun(staff: Staff, code: str = "440200") -> TemplateVersion:
    answer = staff.client("province_hr").post("/content-blocks/new/", {"branch": code})
    assert answer.status_code == 302
    return TemplateVersion.objects.get(pk=answer.headers["Location"].rstrip("/").rsplit("/", 1)[-1])


def handed_over(staff: Staff) -> TemplateVersion:
    version, province = begun(staff), staff.client("province_hr")
    url = f"/content-blocks/versions/{version.pk}/"
    assert province.post(url, typed(version)).status_code == 302
    assert province.post(f"{url}submit/").status_code == 302
    version.refresh_from_db()
    return version


def decision(version: TemplateVersion, word: str, answer: str = "") -> dict[str, str]:
    assert version.submitted_at
    return {"decision": word, "answer": answer, "submitted_at": version.submitted_at.isoformat()}


def test_what_head_office_approved_is_in_use(staff: Staff) -> None:
    version = handed_over(staff)
    url = f"/content-blocks/versions/{version.pk}/decide/"
    hq = staff.client("hq_hr")
    assert "pending at head office" in hq.get("/content-blocks/").text
    assert "深圳欢迎您" in hq.get(url).text
    assert hq.post(url, decision(version, "publish")).status_code == 302
    version.refresh_from_db()
    assert version.published_by == staff.users["hq_hr"]
    assert current_version(version.template) == version
    assert hq.post(url, {}).status_code == 302


def test_a_returned_draft_says_why_and_comes_again(staff: Staff) -> None:
    version = handed_over(staff)
    url = f"/content-blocks/versions/{version.pk}/decide/"
    hq, province = staff.client("hq_hr"), staff.client("province_hr")
    assert hq.post(url, decision(version, "return")).status_code == 422
    assert hq.post(url, decision(version, "return", "name the station")).status_code == 302
    assert "name the station" in province.get("/content-blocks/").text
    assert "name the station" in province.get(f"/content-blocks/versions/{version.pk}/").text
    province.post(f"/content-blocks/versions/{version.pk}/submit/")
    version.refresh_from_db()
    assert (version.answer, version.submitted_by) == ("", staff.users["province_hr"])


def test_what_changed_after_it_was_read_is_not_approved(staff: Staff) -> None:
    version = handed_over(staff)
    read = decision(version, "publish")
    province = staff.client("province_hr")
    province.post(f"/content-blocks/versions/{version.pk}/", typed(version, "<p>另一段。</p>"))
    version.refresh_from_db()
    assert version.submitted_at is None
    url = f"/content-blocks/versions/{version.pk}/decide/"
    staff.client("hq_hr").post(url, read)
    province.post(f"/content-blocks/versions/{version.pk}/submit/")
    TemplateVersion.objects.filter(pk=version.pk).update(submitted_at=NOW)
    staff.client("hq_hr").post(url, read)
    version.refresh_from_db()
    assert version.published_at is None


def test_nobody_approves_what_they_handed_over(staff: Staff) -> None:
    version, both = handed_over(staff), staff.users["province_hr"]
    grant_role(user=both, role=Role.HQ_HR, branch=Branch.objects.get(code="000000"), now=NOW)
    client = staff.client("province_hr")
    url = f"/content-blocks/versions/{version.pk}/decide/"
    for word in ("publish", "return"):
        assert client.post(url, decision(version, word, "it is fine")).status_code == 422
    with pytest.raises(NotSecondPerson):
        publish(version=version, now=NOW, by=both)
    client.post(f"/admin/notifications/templateversion/{version.pk}/publish/")
    version.refresh_from_db()
    assert version.published_at is None


def test_a_part_that_does_not_suit_its_channel_is_not_handed_over(staff: Staff) -> None:
    version, province = begun(staff), staff.client("province_hr")
    url = f"/content-blocks/versions/{version.pk}/"
    assert province.post(url, typed(version, "<p>请看：{{ link }}</p>")).status_code == 302
    refused = province.post(f"{url}submit/")
    assert refused.status_code == 422
    (error,) = refused.context["form"].errors[field_name(Language.CHINESE, ContentField.BLOCK_HTML)]
    assert "as a bare address" in error
    version.refresh_from_db()
    assert version.submitted_at is None


def test_hostile_or_missing_text_is_named_and_not_stored(staff: Staff) -> None:
    version, province = begun(staff), staff.client("province_hr")
    url = f"/content-blocks/versions/{version.pk}/"
    refused = province.post(url, typed(version, "{{ ''.__class__ }}"))
    assert refused.status_code == 422
    assert refused.context["form"].errors
    assert bodies_of(version) == {}
    assert province.post(f"{url}submit/").status_code == 422
    shown = province.post(url, typed(version) | {"_preview": "1"})
    assert shown.status_code == 200
    assert "深圳欢迎您" in shown.text
    assert bodies_of(version) == {}


def test_a_province_writes_for_its_own_branches_only(staff: Staff) -> None:
    version = handed_over(staff)
    foreign = staff.client("foreign_province_hr")
    url = f"/content-blocks/versions/{version.pk}/"
    assert foreign.get(url).status_code == 404
    assert foreign.post(url, typed(version)).status_code == 404
    assert foreign.post(f"{url}submit/").status_code == 404
    assert foreign.post(f"/content-blocks/{version.template_id}/draft/").status_code == 404
    assert foreign.get(f"{url}decide/").status_code == 404
    assert staff.client("province_hr").get(f"{url}decide/").status_code == 404
    assert foreign.post("/content-blocks/new/", {"branch": "440200"}).status_code == 422
    base = MessageTemplate.objects.get(code="base-counter").versions.get()
    assert staff.client("province_hr").get(f"/content-blocks/versions/{base.pk}/").status_code == 404
    for who in ("city_hr", "department", "auditor", "it_ops", "administration"):
        assert staff.client(who).get("/content-blocks/").status_code == 403
    assert staff.client("province_hr").get("/admin/").status_code == 403


def test_a_second_beginning_finds_the_first(staff: Staff) -> None:
    assert begun(staff).pk == begun(staff).pk


def test_the_list_costs_the_same_for_many(
    staff: Staff, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = staff.client("province_hr")
    for codes in (["440200"], ["440000", "440201", "440300"]):
        for code in codes:
            begun(staff, code)
        client.get("/content-blocks/")
        with django_assert_num_queries(7):
            assert client.get("/content-blocks/").status_code == 200

"""The seed: complete and usable."""

from datetime import UTC, datetime

from django.db.models import Q
from django.test import TestCase

from branches.access import Permission, access_of
from branches.models import Branch, Department, Position, User
from notifications.models import MessageTemplate
from performance.queries.targets import targets_for
from recruitment.models import ChecklistItem, NoticeRule
from recruitment.queries.rules import active_rules
from recruitment.rules import Facts, evaluate
from tests.rehearsal.bank.seed import CATALOGUE, seed_bank
from tests.rehearsal.bank.staff import SIGN_INS, department_clerk, reviewer

MORNING = datetime(2026, 11, 4, 1, 0, tzinfo=UTC)
PASSWORD = "demo-passw0rd"
CHOICES = (
    ("TELLER", 85, "teller-85"),
    ("TELLER", 84.9, "teller-general"),
    ("LOBBY_MANAGER", 80, "lobby-manager"),
    ("CUSTOMER_MANAGER", 80, "sales"),
    ("TECH_ENGINEER", 80, "technology"),
    ("RISK_OFFICER", 82, "risk-82"),
    ("RISK_OFFICER", 81, None),
    ("MANAGEMENT_TRAINEE", 90, "trainee-85"),
    ("MANAGEMENT_TRAINEE", 84, None),
)


class SeededBank(TestCase):
    """A class, because the bank is made once for all of these."""

    @classmethod
    def setUpTestData(cls) -> None:
        seed_bank(password=PASSWORD, now=MORNING)

    def test_it_is_whole(self) -> None:
        assert Branch.objects.count() == 332
        assert NoticeRule.objects.count() == len(CATALOGUE["rule"])
        assert ChecklistItem.objects.count() == 5

    def test_the_seven_hold_their_role_where_they_should_and_know_the_password(self) -> None:
        held = {}
        for sign_in in SIGN_INS:
            user = User.objects.get(username=sign_in.username)
            assert user.check_password(PASSWORD)
            held[sign_in.role] = {grant.branch.code for grant in access_of(user, now=MORNING).grants}

        assert held == {sign_in.role: {sign_in.branch} for sign_in in SIGN_INS}

    def test_only_head_office_hr_enters_the_admin_and_by_its_role_alone(self) -> None:
        accounts = User.objects.filter(username__in=[sign_in.username for sign_in in SIGN_INS])
        authors = {
            user.username
            for user in accounts
            if access_of(user, now=MORNING).has_permission(Permission.WRITE_TEMPLATES)
        }

        assert authors == {"hq_hr", "hq_hr_2"}
        assert not User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).exists()
        assert not any(user.get_all_permissions() for user in accounts)

    def test_clerks_cannot_sign_in(self) -> None:
        clerks = User.objects.filter(username__startswith="clerk-")

        assert clerks.count() > 30
        assert not any(clerk.has_usable_password() for clerk in clerks)

    def test_every_department_of_every_branch_has_a_clerk(self) -> None:
        for code in Position.objects.values_list("department_code", flat=True).distinct():
            access = access_of(User.objects.get(username=department_clerk(code)), now=MORNING)
            keys = set(Department.objects.filter(code=code).values_list("pk", flat=True))
            assert access.scopes[Permission.CONFIRM_NEED].department_ids == keys
            assert len(keys) == 332

    def test_every_branch_has_one_provincial_reviewer(self) -> None:
        reviewed: list[int] = []
        for code in Branch.objects.filter(level="province").values_list("code", flat=True):
            access = access_of(User.objects.get(username=reviewer(code)), now=MORNING)
            reviewed += access.scopes[Permission.REVIEW_NOTICE].branch_ids

        assert sorted(reviewed) == sorted(Branch.objects.filter(depth__gt=1).values_list("pk", flat=True))

    def test_every_template_is_published(self) -> None:
        templates = MessageTemplate.objects.all()

        assert templates.count() >= 20
        assert all(template.versions.filter(published_at__isnull=False).exists() for template in templates)

    def test_the_rules_choose(self) -> None:
        rules = active_rules()
        for position, score, expected in CHOICES:
            facts = Facts(
                position=position,
                position_family=Position.objects.get(code=position).family,
                branch_path=("000000", "440000"),
                education="bachelor",
                graduation_year=2026,
                experience_tags=frozenset(),
                score=score,
                dimensions={},
            )
            assert evaluate(rules, facts)[0] == expected, (position, score)

    def test_the_promised_targets(self) -> None:
        branch = Branch.objects.get(code="440200")
        teller = targets_for(position=Position.objects.get(code="TELLER"), branch=branch)
        engineer = targets_for(position=Position.objects.get(code="TECH_ENGINEER"), branch=branch)

        assert [(target.code, float(target.threshold), target.months) for target in teller] == [
            ("new-customers", 10.0, 3),
            ("attainment", 90.0, 3),
        ]
        assert [(target.code, float(target.threshold)) for target in engineer] == [
            ("fintech-project", 1.0),
            ("code-quality", 85.0),
        ]
        assert all(targets_for(position=position, branch=branch) for position in Position.objects.all())

"""Which columns the files of people's work have, and what else their headings are called."""

from collections.abc import Iterator
from dataclasses import replace

from hrportal.kernel.tables import Column, Kind, Layout
from performance.wire.records import METRIC_PREFIX

# A year of months of a branch; a larger bank splits by branch.
MOST_ROWS = 100_000
EMPLOYEE_NO = Column(
    "employee_no",
    Kind.CODE,
    (
        "employee number",
        "employee no",
        "employee id",
        "staff no",
        "工号",
        "员工号",
        "员工编号",
        "员工工号",
        "人员编号",
    ),
    is_required=True,
)
# Who the number is of: compared with what is held, and never stored.
NAME = Column("name", Kind.TEXT, ("employee name", "staff name", "姓名", "员工姓名", "名字"))
APPLICATION_REF = Column(
    "application_ref",
    Kind.CODE,
    ("application reference", "application no", "申请编号", "应聘编号", "报名编号"),
)
RECORDS = Layout(
    columns=(
        EMPLOYEE_NO,
        Column(
            "period",
            Kind.MONTH,
            ("month", "月份", "年月", "考核月份", "绩效月份", "考核年月", "统计月份"),
            is_required=True,
        ),
        Column(
            "score",
            Kind.NUMBER,
            ("performance score", "绩效", "绩效分", "绩效得分", "绩效分数", "考核得分", "得分", "分数"),
            is_required=True,
        ),
        Column("complaints", Kind.NUMBER, ("投诉", "投诉数", "投诉量", "投诉笔数", "投诉次数", "投诉件数")),
        Column("transactions", Kind.NUMBER, ("业务量", "业务笔数", "交易量", "交易笔数", "办理笔数")),
        Column("project_completion", Kind.RATIO, ("项目完成率", "项目完成度")),
        Column("target_attainment", Kind.RATIO, ("目标达成率", "目标完成率", "指标达成率", "指标完成率")),
        NAME,
        APPLICATION_REF,
    ),
    most_rows=MOST_ROWS,
    open_prefix=METRIC_PREFIX,
)
HIRES = Layout(
    columns=(
        replace(APPLICATION_REF, is_required=True),
        EMPLOYEE_NO,
        Column(
            "onboarded_on",
            Kind.DAY,
            ("first day", "onboarding date", "入职日期", "报到日期", "到岗日期"),
            is_required=True,
        ),
        NAME,
    ),
    most_rows=MOST_ROWS,
    leaves_unknown=True,
)


def read_lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line that is not empty."""
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if line.strip():
            yield number, line

import copy
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrportal.kernel import texts
from recruitment.enums import Education, IdType, Verdict
from recruitment.wire import Signal, SignalRefused, SignalType, parse_signal
from tests.recruitment.signal_bodies import signal_body, signal_value

# What was agreed with the AI interview, apart from the model that is to keep to it.
AGREED = json.loads(Path(__file__).with_name("interview-signal.schema.json").read_text(encoding="utf-8"))
# The reference implementation with the one word of ECMA 262 that Python says differently: ``$`` is
# the very end there. And with date-time, which it leaves to packages of its own.
FORMATS = jsonschema.FormatChecker(formats=())
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


@FORMATS.checks("date-time", raises=(ValueError, OverflowError))
def is_moment(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not RFC_3339.fullmatch(value):
        return False
    return bool(datetime.fromisoformat(value.upper()).astimezone(UTC))


def matches(validator: Any, pattern: str, value: object, schema: Any) -> Any:
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield jsonschema.ValidationError("pattern")


REFERENCE = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # the stubs leave it untyped
    jsonschema.Draft202012Validator, {"pattern": matches}
)(AGREED, format_checker=FORMATS)


def refusal(raw: bytes) -> SignalRefused:
    with pytest.raises(SignalRefused) as refused:
        parse_signal(raw)
    return refused.value


def test_reads_every_field() -> None:
    signal = parse_signal(signal_body(candidate__gender="female", candidate__email=None, result__score=82.6))
    assert signal.type is SignalType.COMPLETED
    assert signal.timestamp == datetime(2026, 11, 2, 1, 0, 1, tzinfo=UTC)
    assert signal.data.result.completed_at.tzinfo is UTC
    assert (signal.data.season, signal.data.revision, signal.data.application.preference) == (
        "2026-autumn",
        1,
        1,
    )
    assert (signal.data.application.branch_code, signal.data.application.position_code) == (
        "440300",
        "TELLER",
    )
    assert (signal.data.result.verdict, signal.data.result.score) == (Verdict.PASS, Decimal("82.6"))
    assert signal.data.result.dimensions == {"stress_tolerance": 91.0}
    assert signal.data.candidate.id_type is IdType.PASSPORT
    assert signal.data.candidate.education is Education.BACHELOR
    assert signal.data.candidate.experience_tags == ("finance",)
    assert signal.data.candidate.email is None
    assert signal.data.candidate.wechat_openid is None


def test_a_candidate_does_not_show_in_a_repr() -> None:
    secrets = {"name": "王五", "id_number": "E12345678", "phone": "+8613912345678", "email": "w@x.cn"}
    accounts = {"app_user_id": "app-77", "wechat_openid": "open-77", "wecom_user_id": "wecom-77"}
    facts = secrets | accounts
    shown = repr(parse_signal(signal_body(**{f"candidate__{name}": value for name, value in facts.items()})))
    assert not [name for name, value in facts.items() if value in shown]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-02t09:00:01.5z", datetime(2026, 11, 2, 9, 0, 1, 500_000, UTC)),
        ("2026-11-02T09:00:01.123456789-00:00", datetime(2026, 11, 2, 9, 0, 1, 123_456, UTC)),
        ("2017-01-01T07:59:60+08:00", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_moments_of_rfc_3339(text: str, moment: datetime) -> None:
    assert parse_signal(json.dumps(signal_value() | {"timestamp": text}).encode()).timestamp == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02T09:00:01",
        "2026-11-02 09:00:01Z",
        "2026-11-02T09:00Z",
        "2026-11-02T09:00:01+0800",
        "2026-11-02T24:00:00Z",
        "2026-11-02T09:00:60Z",
        "2026-02-29T09:00:01Z",
        "2026-11-02T09:00:01Z\n",
        "٢026-11-02T09:00:01Z",
        "2026-W45-1T09:00:01Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_other_moments_are_refused(text: str) -> None:
    refused = refusal(json.dumps(signal_value() | {"timestamp": text}).encode())
    assert (refused.status, [error["field"] for error in refused.errors]) == (422, ["/timestamp"])


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"interview_id": ""}, "/data/interview_id"),
    ({"interview_id": "x" * 65}, "/data/interview_id"),
    ({"interview_id": ...}, "/data/interview_id"),
    ({"revision": 0}, "/data/revision"),
    ({"revision": True}, "/data/revision"),
    ({"revision": 1.5}, "/data/revision"),
    ({"revision": "1"}, "/data/revision"),
    ({"revision": 10**300}, "/data/revision"),
    ({"season": "2026-winter"}, "/data/season"),
    ({"season": "2026-autumn\n"}, "/data/season"),
    ({"season": "٢٠٢٦-autumn"}, "/data/season"),
    ({"candidate": []}, "/data/candidate"),
    ({"candidate__phone": None}, "/data/candidate/phone"),
    ({"candidate__gender": "x"}, "/data/candidate/gender"),
    ({"candidate__experience_tags": ["a", "b" * 41]}, "/data/candidate/experience_tags/1"),
    ({"candidate__experience_tags": ["a"] * 21}, "/data/candidate/experience_tags"),
    ({"candidate__graduation_year": 2036}, "/data/candidate/graduation_year"),
    ({"application__branch_code": "44030"}, "/data/application/branch_code"),
    ({"application__preference": 10}, "/data/application/preference"),
    ({"result__verdict": "passed"}, "/data/result/verdict"),
    ({"result__score": -1}, "/data/result/score"),
    ({"result__score": 101}, "/data/result/score"),
    ({"result__score": False}, "/data/result/score"),
    ({"result__dimensions": {"learning": 100.01}}, "/data/result/dimensions/learning"),
    ({"result__dimensions": {f"d{n}": 1 for n in range(21)}}, "/data/result/dimensions"),
    ({"surprise": 1}, "/data"),
]


@pytest.mark.parametrize(("changed", "field"), WRONG)
def test_a_wrong_field_is_named(changed: dict[str, Any], field: str) -> None:
    refused = refusal(signal_body(**changed))
    assert (refused.status, refused.code) == (422, "breaks-contract")
    assert [error["field"] for error in refused.errors] == [field]


def test_all_wrong_fields_are_named_at_once() -> None:
    refused = refusal(signal_body(revision=0, candidate__phone="1", result__score=101, result__verdict=...))
    assert {error["field"] for error in refused.errors} == {
        "/data/revision",
        "/data/candidate/phone",
        "/data/result/score",
        "/data/result/verdict",
    }


def test_nothing_that_was_sent_is_said_back() -> None:
    secret = "13800138000"
    value = signal_value(candidate__phone=[secret], result__verdict=secret, season=secret)
    value["data"][secret] = value[f"x{secret}"] = secret
    value["data"]["result"]["dimensions"] = {secret: secret}
    refused = refusal(json.dumps(value).encode())
    assert len(refused.errors) == 6
    assert secret not in f"{refused!r} {refused} {refused.detail} {refused.errors}"


def test_the_list_of_faults_ends() -> None:
    refused = refusal(signal_body(candidate__experience_tags=[1] * 10_000))
    assert len(refused.errors) == 50


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"1"])
def test_what_is_no_object_breaks_the_contract(raw: bytes) -> None:
    assert refusal(raw).status == 422


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"type": NaN}', b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json_is_400(raw: bytes) -> None:
    assert (refusal(raw).status, refusal(raw).code) == (400, "not-json")


def test_a_verdict_twice_is_no_json() -> None:
    raw = signal_body().replace(b'"verdict": "pass"', b'"verdict": "fail", "verdict": "pass"')
    assert refusal(raw).status == 400


# What only explains.
WORDS = {"$schema", "title", "description", "default", "$defs"}
PLACES = [
    (),
    *[(name,) for name in ("type", "timestamp", "data", "other")],
    *[
        ("data", name)
        for name in ("interview_id", "revision", "season", "candidate", "application", "result")
    ],
    *[
        ("data", "candidate", name)
        for name in AGREED["properties"]["data"]["properties"]["candidate"]["properties"]
    ],
    *[
        ("data", "application", name)
        for name in ("application_ref", "branch_code", "position_code", "preference")
    ],
    *[
        ("data", "result", name)
        for name in ("verdict", "score", "dimensions", "model_version", "completed_at")
    ],
    ("data", "result", "dimensions", "learning"),
    ("data", "candidate", "other"),
]
NUMBERS = st.sampled_from(
    [0, -1, 1, 9, 10, 100, 101, 1000, 1970, 2035, 2036, 1.0, 1.5, 80.0, -0.0, 1e3, 10**30, 1e308]
)
TEXTS = st.sampled_from(
    [
        "",
        "x",
        "x" * 24,
        "x" * 40,
        "x" * 41,
        "😀" * 64,
        "x" * 65,
        "440300",
        "440300\n",
        "４４０３００",
        "2026-autumn",
        "master",
    ]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=70)
MOMENTS = st.builds(
    "{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}{}{}".format,
    st.integers(1, 9999),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["T", "t", " "]),
    st.integers(0, 24),
    st.integers(0, 60),
    st.integers(0, 59),
    st.sampled_from(["", ".5", ".", ".1234567"]),
    st.sampled_from(["Z", "z", "+08:00", "-00:00", "+24:00", "+0800", ""]),
)
ANYTHING = (
    NUMBERS
    | TEXTS
    | MOMENTS
    | st.none()
    | st.booleans()
    | st.lists(NUMBERS | TEXTS, max_size=21)
    | st.dictionaries(TEXTS, NUMBERS, max_size=21)
)


@settings(max_examples=400)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING | st.just(...)), max_size=2))
def test_takes_exactly_what_was_agreed(changes: list[tuple[tuple[str, ...], Any]]) -> None:
    value: Any = copy.deepcopy(signal_value())
    for path, new in changes:
        if not path:
            value = value if new is ... else new
            continue
        place = value
        for name in path[:-1]:
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.pop(path[-1], None)
            place |= {} if new is ... else {path[-1]: new}
    raw = json.dumps(value).encode()
    if not REFERENCE.is_valid(json.loads(raw)):
        assert refusal(raw).status == 422
    elif all(texts.line(reference) for reference in references(value["data"])):
        parse_signal(raw)
    else:
        # The schema counts characters; a reference needs one that can be seen.
        assert {error["message"] for error in refusal(raw).errors} == {"Send a reference that can be seen."}


def plain(schema: Any, named: dict[str, Any]) -> Any:
    """A schema without what only explains, its references followed and ``anyOf`` with null as one type."""
    if isinstance(schema, list):
        return [plain(inner, named) for inner in schema]
    if isinstance(schema, dict):
        schema = {key: plain(inner, named) for key, inner in schema.items() if key not in WORDS}
    match schema:
        case {"$ref": str(name)}:
            return plain(named[name.rpartition("/")[2]], named)
        case {"enum": options}:
            return {"enum": options}
        case {"anyOf": [{"enum": options}, {"type": "null"}]}:
            return {"enum": [*options, None]}
        case {"anyOf": [dict(inner), {"type": "null"}]}:
            return inner | {"type": [inner["type"], "null"]}
    return schema


def test_the_published_schema_is_the_agreed_one() -> None:
    published = Signal.model_json_schema()
    assert plain(published, published["$defs"]) == plain(AGREED, {})


def references(data: dict[str, Any]) -> tuple[str, ...]:
    return (
        data["interview_id"],
        data["candidate"]["candidate_ref"],
        data["application"]["application_ref"],
    )


def test_every_text_is_cleaned_and_a_blank_reference_is_refused() -> None:
    signal = parse_signal(
        signal_body(
            candidate__name=" 张\n三 ",
            application__application_ref="AP-1\u200b",
            candidate__id_number="E1234\u20605678",
        )
    )
    assert (signal.data.candidate.name, signal.data.application.application_ref) == ("张三", "AP-1")
    assert signal.data.candidate.id_number == "E12345678"
    refused = refusal(signal_body(application__application_ref="\u200b\ufeff"))
    assert [error["field"] for error in refused.errors] == ["/data/application/application_ref"]


def test_a_blank_name_reaches_a_person_instead_of_being_refused() -> None:
    assert parse_signal(signal_body(candidate__name="\u200b")).data.candidate.name == ""

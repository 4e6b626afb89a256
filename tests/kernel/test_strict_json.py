import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrportal.kernel.strict_json import NotPlainJson, loads

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@given(value=VALUES, ascii_only=st.booleans())
def test_reads_what_python_writes(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(raw=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        loads(raw)
    except NotPlainJson:
        return


REFUSED = {
    "empty": b"",
    "invalid UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "half a surrogate pair in UTF-8": b'"\xed\xa0\x80"',
    "half a surrogate pair": rb'{"a": ["\ud83d"]}',
    "half a surrogate pair as a key": rb'{"\ude00": 1}',
    "zero character": rb'{"a": {"b": "x\u0000"}}',
    "bare control character": b'"\x01"',
    "NaN": b'{"a": NaN}',
    "Infinity": b"[-Infinity]",
    "beyond a double": b"[1e999]",
    "doubled key": b'{"a": 1, "a": 1}',
    "doubled key by escape": rb'{"a": 1, "\u0061": 2}',
    "doubled key deep down": b'[{"a": {"b": 1, "b": 2}}]',
    "5,000 digits": b"1" * 5000,
    "minus 5,000 digits": b"[-" + b"1" * 5000 + b"]",
    "trailing value": b"{} {}",
    "trailing comma": b"[1,]",
    "single quotes": b"{'a': 1}",
    "comment": b"{} // x",
    "13 levels": b"[" * 13 + b"]" * 13,
    "100,000 brackets": b"[" * 100_000,
    "100,000 closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "brackets after a string": b'["\\"]]]]]]]]]]]]", ' + b"[" * 20 + b"]" * 21,
    "quotes and brackets without end": b"[" * 13 + b'"' + b'\\"' * 100_000,
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_refuses_quickly_what_parsers_read_differently(raw: bytes) -> None:
    started = time.process_time()
    with pytest.raises(NotPlainJson):
        loads(raw)
    assert time.process_time() - started < 0.25


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"[" * 12 + b"]" * 12, json.loads("[" * 12 + "]" * 12)),
        (b'"[[[[[[[[[[[[[[[[[[["', "[" * 19),
        (rb'"\\u0000"', "\\u0000"),
        (rb'"\ud83d\ude00"', "😀"),
        (b" [1] \n", [1]),
    ],
)
def test_looks_like_a_fault_and_is_none(raw: bytes, value: object) -> None:
    assert loads(raw) == value

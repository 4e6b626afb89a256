"""What was typed goes back into its form, and nowhere else."""

from html import escape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from hrportal.kernel.refill import refill

PAGE = """<!doctype html><main>
<form action="/language/" method="post"><input type="hidden" name="next" value="/x/"></form>
<form method="get"><input name="q" value=""></form>
<details><summary>More</summary>
<form id="edit" method="post" action="/x/1/edit/?view=late">
  <input type="hidden" name="csrfmiddlewaretoken" value="fresh">
  <input type="hidden" name="seen" value="new state">
  <input name="title" value="stored" required>
  <textarea name="note" rows="3">
stored &amp; kept</textarea>
  <input type="radio" name="kind" value="a" checked> <input type="radio" name="kind" value="b">
  <input type="checkbox" name="labels" value="one" checked> <input type="checkbox" name="labels" value="two">
  <select name="branch"><option value="1" selected>One</option><option value="2">Two</option></select>
  <input type="password" name="password"><input type="file" name="file">
  <button type="submit" formaction="/x/1/other/">Other</button>
</form></details>
<input type="date" name="day" value="2026-01-01" form="edit">
<dialog><form method="post" action="/x/1/return/"><textarea name="reason"></textarea></form></dialog>
</main>"""
SENT = [
    ("csrfmiddlewaretoken", "old"),
    ("seen", "what I saw"),
    ("title", 'a "new" <title>'),
    ("note", "第一行\n</textarea><b>第二行"),
    ("kind", "b"),
    ("labels", "two"),
    ("branch", "2"),
    ("day", "2026-03-02"),
    ("password", "never"),
]


def refilled(sent: list[tuple[str, str]] = SENT, action: str = "/x/1/edit/") -> str:
    html = refill(PAGE, page="/x/1/", actions=[action], fields=sent)
    assert html is not None
    return html


def test_every_kind_of_field_has_what_was_typed() -> None:
    html = refilled()
    assert 'name="title" value="a &quot;new&quot; &lt;title&gt;"' in html
    assert '<textarea name="note" rows="3">\n第一行\n&lt;/textarea&gt;&lt;b&gt;第二行</textarea>' in html
    assert '<input type="radio" name="kind" value="a">' in html
    assert '<input type="radio" name="kind" value="b" checked>' in html
    assert '<input type="checkbox" name="labels" value="one">' in html
    assert '<input type="checkbox" name="labels" value="two" checked>' in html
    assert '<option value="1">One</option><option value="2" selected>Two</option>' in html
    assert 'name="day" value="2026-03-02" form="edit"' in html
    assert "<details open>" in html


def test_tokens_are_the_pages_own_and_what_was_seen_is_the_authors() -> None:
    html = refilled()
    assert 'name="csrfmiddlewaretoken" value="fresh"' in html
    assert 'name="seen" value="what I saw"' in html
    assert "never" not in html


def test_a_form_is_found_by_its_button_and_by_no_other_address() -> None:
    assert 'value="b" checked' in refilled(action="/x/1/other/")
    assert refill(PAGE, page="/x/1/", actions=["/x/2/edit/"], fields=SENT) is None
    # A form in a dialog is not seen until somebody opens it; it has a page of its own.
    assert refill(PAGE, page="/x/1/", actions=["/x/1/return/"], fields=[("reason", "x")]) is None


def test_of_two_forms_to_one_address_the_hidden_value_decides() -> None:
    page = "".join(
        f'<form method="post" action="/react"><input type="hidden" name="target" value="{code}">'
        f'<textarea name="text"></textarea></form>'
        for code in ("first", "second")
    )
    html = refill(page, page="/", actions=["/react"], fields=[("target", "second"), ("text", "mine")])
    assert html is not None
    assert html.index("mine") > html.index("second")


class Reader(HTMLParser):
    """The text of the one textarea, as a browser has it."""

    text = ""
    inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside = self.inside or tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "textarea"

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside else ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=80), st.text(max_size=20))
def test_whatever_was_typed_comes_back_and_breaks_nothing(typed: str, around: str) -> None:
    page = f'<p>{escape(around)}</p>\n<form method="post" action="/a/"><textarea name="t">x</textarea></form><p>end</p>'
    html = refill(page, page="/", actions=["/a/"], fields=[("t", typed)])
    assert html is not None
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.text.removeprefix("\n") == typed
    assert html.endswith("</textarea></form><p>end</p>")

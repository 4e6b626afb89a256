"""What `make size` counts."""

from pathlib import Path

import pytest
from django.apps import apps

from tests import size
from tests.size import APPS, ROOT, Size, measure, report

FIRST = '''"""A docstring
of two lines."""

from typing import TYPE_CHECKING, Any

from branches import second  # comes back

if TYPE_CHECKING:
    from branches import third

# A comment.


class Refused(Gone):
    """Why."""

    found: dict[str, Any]
'''
SECOND = """from branches.first import Refused

class Gone(ValueError): ...
class Base(models.Model):
    class Meta:
        abstract = True
"""
THIRD = "from branches import first\n\ndef long():\n" + "    x = 1\n" * 30


def test_every_figure_means_what_its_heading_says(tmp_path: Path) -> None:
    folder = tmp_path / "branches"
    (folder / "models").mkdir(parents=True)
    (folder / "migrations").mkdir()
    for name, text in {
        "__init__": "",
        "first": FIRST,
        "second": SECOND,
        "third": THIRD,
        "models/tree": "class Base(models.Model):\n class Meta: abstract = True\nclass Branch(Base, Other): ...\n",
        "migrations/0001_initial": "operations = []\n" * 5,
    }.items():
        (folder / f"{name}.py").write_text(text)
    (tmp_path / "manage.py").write_text("main()\n")
    found = measure(tmp_path)
    assert found["branches"] == Size(
        lines=17 + 6 + 33 + 3,
        code=6 + 5 + 32 + 3,
        files=5,
        models=1,
        exceptions=2,
        dict_any=1,
        long_functions=1,
        import_circles=1,
        migrations=5,
    )
    assert found["manage.py"] == Size(lines=1, code=1, files=1)
    assert "product: 60 lines, at most 38,000: met" in report(found)


def test_the_models_are_those_that_django_knows() -> None:
    written = [
        model
        for model in apps.get_models()
        if model.__module__.partition(".")[0] in APPS
        # The events are made by a decorator.
        and not hasattr(model, "pgh_tracked_model")
    ]
    assert sum(app.models for app in measure(ROOT).values()) == len(written)


def test_an_older_commit_is_measured_by_the_rules_of_this_one(capsys: pytest.CaptureFixture[str]) -> None:
    size.main("HEAD")
    assert "\nproduct  " in capsys.readouterr().out
    with pytest.raises(SystemExit, match="not a valid object name"):
        size.main("no-such-commit")

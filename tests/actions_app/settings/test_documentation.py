"""docs/operations.md lists what the settings read from the environment, and nothing else."""

import re
from pathlib import Path

from actions_app.launcher.workspace import ROOT

# Django and gunicorn read these themselves.
READ_BY_OTHERS = {"DJANGO_SETTINGS_MODULE", "WEB_CONCURRENCY"}


SOURCE = "".join(path.read_text() for path in Path(ROOT, "actions_app/settings").glob("*.py"))


def variables_listed():
    table = Path(ROOT, "docs/operations.md").read_text().partition("\n## Running")[0]
    return dict(re.findall(r"^\| `([A-Z_0-9]+)` \| (.+?) \|", table, re.MULTILINE))


def test_the_table_has_every_variable_and_no_other():
    read = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', SOURCE))
    assert variables_listed().keys() == read | READ_BY_OTHERS


def test_the_table_has_the_numbers_the_settings_have():
    numbers = dict(re.findall(r'env\.(?:int|float)\("(\w+)", default=([\d._]+)\)', SOURCE))
    listed = variables_listed()
    assert len(numbers) >= 5
    assert {name: float(listed[name].strip("`")) for name in numbers} == {
        name: float(number) for name, number in numbers.items()
    }


def test_the_example_and_compose_name_no_variable_that_does_not_exist():
    known = variables_listed().keys() | {"POSTGRES_PASSWORD"}
    example = re.findall(r"^(\w+)=", Path(ROOT, ".env.example").read_text(), re.MULTILINE)
    compose = re.findall(r"\$\{(\w+)", Path(ROOT, "compose.yaml").read_text())
    assert set(example) <= known
    assert set(compose) <= known

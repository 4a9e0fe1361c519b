"""A text that is cut before it is stored is cut at the length of its column: one more is refused by the database, one less is lost."""

from __future__ import annotations

import ast

from django.apps import apps
from tests.architecture.source import parsed, python_files

MODELS = {model.__name__: model for model in apps.get_models() if model.__module__.startswith("xueji.")}


def _model_of(call: ast.Call) -> str:
    """Return the model a call makes a row of: `Model(…)`, `Model.objects.create(…)`."""
    name = ast.unparse(call.func)
    return name.removesuffix(".objects.create")


def cut_texts() -> list[tuple[str, int, int | None]]:
    """Return where a column is given a text cut at a number: the place, the number, the length of the column (None where it holds any)."""
    found = []
    for path in python_files():
        for call in (node for node in ast.walk(parsed(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
            if (model := MODELS.get(_model_of(call))) is None:
                continue
            for given in call.keywords:
                match given.value:
                    case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(value=int(end)))) if given.arg:
                        length = getattr(model._meta.get_field(given.arg), "max_length", None)
                        found.append((f"{path.name}:{given.value.lineno} {given.arg}", end, length))
    return found


def test_a_text_is_cut_at_the_length_of_its_column() -> None:
    found = cut_texts()
    assert len(found) > 10
    assert [
        f"{place}: cut at {end}, the column holds {length}" for place, end, length in found if length not in {None, end}
    ] == []

"""Every model has a factory that really makes one; every time has its person."""

from __future__ import annotations

import importlib
import pkgutil

import factory
import pytest
import tests.factories
from django.apps import apps
from django.db import models

OUR_MODELS = [m for m in apps.get_models() if m.__module__.startswith("xueji.") and not m._meta.auto_created
              and "pgtrigger" not in m.__module__]  # fmt: skip


def _factories() -> dict[type[models.Model], type[factory.django.DjangoModelFactory]]:
    found = {}
    for info in pkgutil.iter_modules(tests.factories.__path__):
        module = importlib.import_module(f"tests.factories.{info.name}")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, factory.django.DjangoModelFactory) and thing._meta.model:
                found.setdefault(thing._meta.model, thing)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda m: m._meta.label)
def test_every_model_has_a_factory_that_makes_one(model) -> None:
    factories = _factories()
    assert model in factories, f"no factory for {model._meta.label}"
    made = factories[model]()
    assert model._default_manager.filter(pk=made.pk).exists()


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda m: m._meta.label)
def test_every_time_field_is_aware_of_its_person(model) -> None:
    """`x_at` beside `x_by` are both nullable or both not: a constraint can then hold them together."""
    fields = {f.name: f for f in model._meta.get_fields() if isinstance(f, models.Field)}
    for name, at in fields.items():
        by = fields.get(f"{name[:-3]}_by") if name.endswith("_at") else None
        if by is not None:
            assert at.null == by.null, f"{model._meta.label}.{name}"

"""People who sign in."""

from __future__ import annotations

import factory

from xueji.accounts.models import User


class UserFactory(factory.django.DjangoModelFactory):
    """An active person without any post; password «xueji-pass-1»."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n:05d}")
    full_name = factory.Sequence(lambda n: f"经办{n:05d}")
    password = factory.django.Password("xueji-pass-1")

"""An applicant signed in, as by phone and code."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from xueji.accounts.models import Applicant, SignIn
from xueji.accounts.receivers import APPLICANT_KEY


def signed_in_applicant(applicant: Applicant, **more: object) -> Client:
    """Return a browser in which an applicant is signed in."""
    now = timezone.now()
    sign_in = SignIn.objects.create(user=applicant.user, opened_at=now, last_seen_at=now)
    client = Client(**more)
    session = client.session
    session[APPLICANT_KEY] = str(sign_in.pk)
    session.save()
    return client

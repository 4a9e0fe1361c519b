"""Guessing is slowed down by account, by address and by both; nobody is locked out by somebody else.

Account and address together: locked after five wrong passwords (axes, its own page). The account alone: after twenty
within the quarter of an hour one attempt in half a minute from places its person never signed in from; the known
ones pass. The address alone: after sixty one attempt in five seconds for people who never signed in from there.
"""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

DEVICE_COOKIE = "known_device"
_DEVICE_AGE = timedelta(days=180)
_KNOWN_ADDRESS = timedelta(days=30)
_WINDOW = timedelta(minutes=15)
OF_ACCOUNT, OF_ADDRESS = 20, 60  # failures within the window from which on attempts are spaced
_EVERY_ACCOUNT, _EVERY_ADDRESS = 30, 5  # seconds between two attempts then
_PEOPLE = 12  # on one computer
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


def hindrance(request: HttpRequest, username: str) -> str | None:
    """Return why an attempt must wait, or None when the password may be looked at."""
    address = address_of(request) or ""
    of_account = failures_of(username) >= OF_ACCOUNT
    if not of_account and failures_at(address) < OF_ADDRESS:
        return None
    if is_known(request, username, address):
        return None
    key, seconds = (f"account:{username}", _EVERY_ACCOUNT) if of_account else (f"address:{address}", _EVERY_ADDRESS)
    if cache.add(f"sign-in:{key}", "1", timeout=seconds):
        return None
    return f"登录失败过多，已放慢；请在平时使用的电脑上登录，或等 {seconds} 秒再试"


def failures_of(username: str) -> int:
    """Return the wrong passwords for an account within the window, from anywhere."""
    return _sum(username=username)


def failures_at(address: str) -> int:
    """Return the wrong passwords from an address within the window, for whomever."""
    return _sum(ip_address=address or None)


def _sum(**where: str | None) -> int:
    recent = AccessAttempt.objects.filter(attempt_time__gt=timezone.now() - _WINDOW, **where)
    return int(recent.aggregate(total=Sum("failures_since_start"))["total"] or 0)


def is_known(request: HttpRequest, username: str, address: str) -> bool:
    """Whether the person has signed in from this browser, or of late from this address."""
    if username in devices_of(request):
        return True
    since = timezone.now() - _KNOWN_ADDRESS
    return bool(
        AccessLog.objects.filter(username=username, ip_address=address or None, attempt_time__gt=since).exists()
    )


def devices_of(request: HttpRequest) -> list[str]:
    """Return the user names that signed in from this browser, as its signed cookie says."""
    try:
        cookie = request.get_signed_cookie(DEVICE_COOKIE, salt=DEVICE_COOKIE, max_age=_DEVICE_AGE)
    except (KeyError, signing.BadSignature):
        return []
    return str(cookie).split(",")


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Tell the browser that it is known for a person."""
    known = [username, *(device for device in devices_of(request) if device != username)][:_PEOPLE]
    response.set_signed_cookie(
        DEVICE_COOKIE, ",".join(known), salt=DEVICE_COOKIE, max_age=_DEVICE_AGE, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def address_of(request: HttpRequest) -> str | None:
    """Return where a request comes from."""
    return request.META.get("REMOTE_ADDR") or None


def device_of(request: HttpRequest) -> str:
    """Return browser and system in two words, for the list of one's own sessions."""
    agent = request.headers.get("user-agent", "")
    words = [next((name for mark, name in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(word for word in words if word) or "其他设备"

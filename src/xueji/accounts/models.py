"""People who sign in. Accounts are issued by an office, never self-registered; what they may do comes from their posts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from xueji.accounts.applicants import Applicant, SignInCode, register_follower
from xueji.sealing.vouching import vouched

__all__ = ["Applicant", "CredentialGrant", "Factor", "SentForm", "SignIn", "SignInCode", "User", "register_follower"]


class User(AbstractUser):
    """A named person; never shared, never a default account."""

    first_name = None  # type: ignore[assignment]  # Chinese names are one field
    last_name = None  # type: ignore[assignment]  # see above
    full_name = models.CharField("姓名", max_length=60)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    looked_after_by = models.ForeignKey(  # while its person has no post: who made the account, or ended its last post
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    # Set while the password is one that somebody else handed over: it signs in once, before that time, to be changed.
    password_expires_at = models.DateTimeField("发放的密码有效至", null=True, blank=True, editable=False)
    password_used_at = models.DateTimeField("发放的密码用于登录", null=True, blank=True, editable=False)

    REQUIRED_FIELDS = ["full_name"]

    has_old_hash = False  # of a password that was checked: the sign-in hashes it anew

    def check_password(self, raw_password: str | None) -> bool:
        """Tell whether it is the password, and store nothing: a hash made anew is an act, with its event."""
        return check_password(raw_password, self.password, self._note_old_hash)

    def _note_old_hash(self, raw_password: str) -> None:  # noqa: ARG002  # Django hands it over
        self.has_old_hash = True

    class Meta(AbstractUser.Meta):
        triggers = vouched({"last_login": "when its person signed in last: no act on the account"})

    def get_full_name(self) -> str:
        """Return the person's name."""
        return self.full_name

    def get_short_name(self) -> str:
        """Return the person's name."""
        return self.full_name

    @property
    def must_change_password(self) -> bool:
        """Whether the password is still the one handed over, known to somebody else."""
        return self.password_expires_at is not None

    def __str__(self) -> str:
        return self.full_name or self.username


class SentForm(models.Model):
    """A form that was sent and done: sent again, as it is, it leads to what it led to and does nothing.

    Kept a day; the key is a keyed digest of who sent which page with which values, so that it tells nothing.
    """

    key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()
    location = models.CharField(max_length=500, blank=True)  # where the answer led to

    class Meta:
        verbose_name = "已办理的表单"
        indexes = [models.Index(fields=["user", "sent_at"])]  # Django's way

    def __str__(self) -> str:
        return f"{self.user} {timezone.localtime(self.sent_at):%Y-%m-%d %H:%M:%S}"


class CredentialGrant(models.Model):
    """Somebody else gave a person the means to sign in: first issue, new password, second factor taken away.

    What the account decides in the following thirty days carries a mark until a superior of its person confirms.
    """

    MARKED = timedelta(days=30)

    class Kind(models.TextChoices):
        """What was given."""

        ISSUE = "issue", "发放账号"
        PASSWORD = "password", "重置密码"
        FACTOR = "factor", "重置二次验证"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    kind = models.CharField("事项", max_length=10, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    seen_at = models.DateTimeField("本人知悉", null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField("上级确认", null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "at"])]
        constraints = [
            models.CheckConstraint(name="grant_by_somebody_else", condition=~Q(by=F("user"))),
            models.CheckConstraint(
                name="grant_confirmed_by_a_third",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("user")) & ~Q(confirmed_by=F("by"))),
            ),
        ]  # fmt: skip
        triggers = vouched()

    @property
    def marks_until(self) -> datetime:
        """Until when what the account decides carries the mark."""
        return self.at + self.MARKED

    def __str__(self) -> str:
        return f"{self.user}：{self.get_kind_display()}"


class Factor(Authenticator):  # type: ignore[misc]  # the library states no types
    """A second factor, as the library keeps it; here stands what makes its rows agree with the ledger.

    The library's own signals speak of `Authenticator`: what its person does there becomes an event in `receivers`, what is
    done here has that of the act.
    """

    class Meta:
        proxy = True
        triggers = vouched(
            {"last_used_at": "when it was used last: no act on the account"},
            {"data": "({} - 'viewed_at')"},  # when its person first looked at the recovery codes: no act either
        )


class SignIn(models.Model):
    """One sign-in from one browser: the session names it, and lives no longer than it."""

    class End(models.TextChoices):
        """How it ended."""

        SIGNED_OUT = "signed_out", "本人退出"
        ENDED = "ended", "本人在另一处结束"
        IDLE = "idle", "长时间没有操作"
        PASSWORD = "password", "密码已更换"
        CLOSED = "closed", "账号停用"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    opened_at = models.DateTimeField("登录时间")
    last_seen_at = models.DateTimeField("最近操作")
    address = models.GenericIPAddressField("地址", null=True)
    device = models.CharField("设备", max_length=80, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_how = models.CharField("结束方式", max_length=10, choices=End.choices, blank=True)

    class Meta:
        ordering = ["-last_seen_at"]
        indexes = [models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="open_sign_ins")]
        constraints = [
            models.CheckConstraint(
                name="sign_in_ended_somehow",
                condition=Q(ended_at__isnull=True, ended_how="") | (Q(ended_at__isnull=False) & ~Q(ended_how="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}：{self.device}"

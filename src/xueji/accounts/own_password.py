"""The change of one's own password: a wrong present one is counted, a new one that is refused is not."""

from __future__ import annotations

from allauth.account.forms import ChangePasswordForm
from allauth.core import context, ratelimit
from django import forms
from django.utils import timezone

from xueji.accounts.receivers import SESSION_KEY
from xueji.accounts.session_actions import change_own_password

_WRONG = "wrong_current_password"  # of ACCOUNT_RATE_LIMITS


class OwnPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # the library states no types
    """The library's form, with the limit where guessing happens: an open session that is not its owner's.

    The library counts every sending of the page, so somebody whose new password is refused five times over was locked
    out of the only page they may see at first sign-in.
    """

    def clean_oldpassword(self) -> str:
        """Refuse a wrong one, and from the sixth wrong one in a row on refuse to look; a right one ends the count.

        Counted before it is looked at: many sendings at the same moment get no more looks than one after another. The
        count belongs to the password that is guessed at: one that an administrator reset begins anew.
        """
        guessed_at = f"{self.user.pk}:{self.user.password}"
        if not ratelimit.consume(context.request, action=_WRONG, key=guessed_at):
            raise forms.ValidationError(
                "当前密码已连续输错 5 次，请等 15 分钟再试；忘记密码的，请管理员重置", code="slowed"
            )
        current: str = super().clean_oldpassword()
        ratelimit.clear(context.request, action=_WRONG, key=guessed_at)
        return current

    def save(self) -> None:
        """Store it as an act, with its event: the library stores first and tells of the change afterwards."""
        change_own_password(
            user=self.user, password=self.cleaned_data["password1"], at=timezone.now(),
            session=context.request.session.get(SESSION_KEY),
        )  # fmt: skip

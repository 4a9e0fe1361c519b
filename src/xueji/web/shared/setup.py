"""The first-run page: whoever runs the machine sets the installation up, with the code printed on the terminal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from xueji.accounts.models import User
from xueji.core.errors import NotFound, NotPermitted, XuejiError
from xueji.institutions import setup_code
from xueji.institutions.actions_setup import Administrator, set_up_installation
from xueji.institutions.queries.area import is_set_up, packs_to_set_up
from xueji.web.access import open_to_all
from xueji.web.forms import add_refusal, posted


class SetupForm(forms.Form):
    """The code of the terminal, the pack, the topmost authority, its administrator."""

    code = forms.CharField(
        label="开通码", max_length=30, help_text="启动本系统的终端上显示的十二位开通码",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )  # fmt: skip
    pack = forms.ChoiceField(label="适用的政策包", help_text="决定办理程序、编号和证书式样；各县、各校随后在系统内登记")
    name = forms.CharField(label="主管部门全称", max_length=100, help_text="例如：××市教育局")
    short_name = forms.CharField(label="简称", max_length=40, help_text="列表和表格里使用，例如：××市局")
    full_name = forms.CharField(label="系统管理员姓名", max_length=60, help_text="管理账号和单位，不参与审核、验印")
    username = forms.CharField(
        label="用户名", min_length=3, max_length=30, help_text="小写字母开头，可含数字、点、短横",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )  # fmt: skip
    phone = forms.CharField(label="联系电话", required=False, max_length=20)
    password = forms.CharField(
        label="密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 10 位；只有本人知道",
    )  # fmt: skip
    password_again = forms.CharField(
        label="再输一次", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        packs = packs_to_set_up(fictional=not settings.PRODUCTION)
        self.fields["pack"].choices = [("", "请选择"), *((pack.id, pack.title) for pack in packs)]

    def clean(self) -> dict[str, Any]:
        """Compare the two passwords, and ask the rules for passwords."""
        entered = super().clean()
        password = entered.get("password")
        if password and entered.get("password_again") not in (None, password):
            self.add_error("password_again", "两次输入的密码不一致")
        if password:
            try:
                validate_password(
                    password, User(username=entered.get("username", ""), full_name=entered.get("full_name", ""))
                )
            except forms.ValidationError as error:
                self.add_error("password", error)
        return entered


@require_http_methods(["GET", "POST"])
@never_cache
@open_to_all("setting up an installation; guarded by the code on the terminal, gone once it is spent")
def setup(request: HttpRequest) -> HttpResponse:
    """Found the installation, or one more line of authorities; «not found» while no code is out."""
    if not setup_code.is_open(settings.HOME):
        raise NotFound
    form, status = SetupForm(posted(request)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _set_up(form.cleaned_data)
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
    return render(request, "setup/setup.html", {"form": form, "is_first": not is_set_up()}, status=status)


def _set_up(values: dict[str, Any]) -> HttpResponse:
    """Found what the form says; the code is spent when it stands."""
    if not setup_code.fits(settings.HOME, values["code"]):
        raise NotPermitted("开通码不对：请看启动本系统的终端，或请运行本系统的人查看")
    set_up_installation(
        pack_id=values["pack"], name=values["name"].strip(), short_name=values["short_name"].strip(),
        administrator=Administrator(values["username"], values["full_name"], values["phone"], values["password"]),
        by=None, at=timezone.now(),
    )  # fmt: skip
    setup_code.spend(settings.HOME)
    return redirect("account_login")

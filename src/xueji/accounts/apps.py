from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "xueji.accounts"
    label = "accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from xueji.accounts import receivers  # noqa: F401  # importing connects them
        from xueji.accounts.applicant_actions import CODE_TEMPLATE
        from xueji.messaging.kinds import Wording, register_wording

        register_wording(
            CODE_TEMPLATE,
            Wording("登录验证码", "验证码 {code}，5 分钟内有效，用于登录网上办理。请勿告诉任何人。", is_secret=True),
        )

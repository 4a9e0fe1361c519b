from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "xueji.accounts"
    label = "accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from xueji.accounts import receivers  # noqa: F401  # importing connects them
        from xueji.accounts.applicant_actions import CODE_TEMPLATE, PHONE_CHANGED_TEMPLATE
        from xueji.messaging.kinds import Wording, register_wording

        register_wording(
            CODE_TEMPLATE,
            Wording("登录验证码", "验证码 {code}，5 分钟内有效，用于登录网上办理。请勿告诉任何人。", is_secret=True),
        )
        register_wording(
            PHONE_CHANGED_TEMPLATE,
            Wording(
                "手机号换绑",
                "您网上办理的账号已换绑到另一个手机号（本人实名核验后办理）。不是您本人办理的，请尽快带身份证到受理机构窗口。",
            ),
        )

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "xueji.accounts"
    label = "accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        from xueji.accounts import receivers  # noqa: F401  # importing connects them

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "xueji.ledger"
    label = "ledger"
    verbose_name = "履历"

from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    name = "xueji.institutions"
    label = "institutions"
    verbose_name = "机构"

    def ready(self) -> None:
        from xueji.institutions.staff import office_of
        from xueji.ledger.places import tell_office_of

        tell_office_of("accounts.User", office_of)

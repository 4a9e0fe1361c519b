from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    name = "xueji.institutions"
    label = "institutions"
    verbose_name = "机构"

    def ready(self) -> None:
        """Have the clock take up principals; tell the ledger whose account an event is of."""
        from xueji.institutions import tasks  # noqa: F401  # registers what the clock does
        from xueji.institutions.queries import actor_words
        from xueji.institutions.queries.staff import office_of
        from xueji.ledger.offices import register_actor_words, register_office_of

        register_office_of("accounts.User", office_of)
        register_actor_words(actor_words)

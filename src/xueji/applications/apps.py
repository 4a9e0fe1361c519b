from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "xueji.applications"
    label = "applications"
    verbose_name = "毕业生申请"

    def ready(self) -> None:
        """Make the kinds of case and the messages known."""
        from xueji.accounts.models import register_follower
        from xueji.applications.actions import move_drafts
        from xueji.applications.kinds import REPLACEMENT_CASE, VERIFICATION_CASE
        from xueji.applications.wordings import WORDINGS
        from xueji.cases import kinds
        from xueji.messaging.kinds import register_wording

        kinds.register(REPLACEMENT_CASE)
        kinds.register(VERIFICATION_CASE)
        for key, wording in WORDINGS.items():
            register_wording(key, wording)
        register_follower(move_drafts)

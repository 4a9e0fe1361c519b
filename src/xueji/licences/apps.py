from django.apps import AppConfig


class LicencesConfig(AppConfig):
    name = "xueji.licences"
    label = "licences"
    verbose_name = "招生资质"

    def ready(self) -> None:
        """Make the kind of upload known."""
        from xueji.licences.kinds import LICENCES
        from xueji.uploads import kinds

        kinds.register(LICENCES)

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "xueji.directory"
    label = "directory"
    verbose_name = "单位和人员"

    def ready(self) -> None:
        """Make the kind of upload known."""
        from xueji.directory.kinds import DIRECTORY
        from xueji.uploads import kinds

        kinds.register(DIRECTORY)

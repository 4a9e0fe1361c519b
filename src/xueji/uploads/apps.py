from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "xueji.uploads"
    label = "uploads"
    verbose_name = "上传"

    def ready(self) -> None:
        """Make the job that reads uploads known."""
        from xueji.uploads import tasks  # noqa: F401  # registers its job

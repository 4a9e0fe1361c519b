from django.apps import AppConfig


class GuildUploadsConfig(AppConfig):
    name = "tests.guild_uploads"
    label = "guild_uploads"
    verbose_name = "行会技艺"

    def ready(self) -> None:
        """Make the kind known; its page is registered by the test alone, so that the pinned table of addresses stays the product's."""
        from tests.guild_uploads.kinds import CRAFTS

        from xueji.uploads import kinds

        kinds.register(CRAFTS)

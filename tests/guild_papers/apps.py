from django.apps import AppConfig


class GuildPapersConfig(AppConfig):
    name = "tests.guild_papers"
    label = "guild_papers"
    verbose_name = "行会证书"

    def ready(self) -> None:
        """Make the kind of paper known."""
        from tests.guild_papers.letters import LETTER

        from xueji.production import kinds

        kinds.register(LETTER)

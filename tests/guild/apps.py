from django.apps import AppConfig


class GuildConfig(AppConfig):
    name = "tests.guild"
    label = "guild"
    verbose_name = "行会转学"

from django.apps import AppConfig


class DrawsConfig(AppConfig):
    name = "xueji.draws"
    label = "draws"
    verbose_name = "抽签"

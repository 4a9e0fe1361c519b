from django.apps import AppConfig

from xueji.web.field_words import speak_our_words


class WebConfig(AppConfig):
    name = "xueji.web"
    label = "web"
    verbose_name = "页面"

    def ready(self) -> None:
        from xueji.web import casepages

        speak_our_words()
        casepages.discover()

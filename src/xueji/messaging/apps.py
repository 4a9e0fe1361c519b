from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "xueji.messaging"
    label = "messaging"
    verbose_name = "消息"

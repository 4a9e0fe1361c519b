"""Paths of the public portal."""

from __future__ import annotations

from django.urls import path

from xueji.web.public import views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("v/", views.landing, name="landing"),
    path("check/", views.check, name="check"),
    path("help/", views.guide, name="guide"),
]

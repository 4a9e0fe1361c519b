"""Paths of the public portal."""

from __future__ import annotations

from django.urls import path

from xueji.web.public import letters, published, services, views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("v/", views.landing, name="landing"),
    path("check/", views.check, name="check"),
    path("help/", views.guide, name="guide"),
    path("services/", services.services, name="services"),
    path("services/forms/<str:form_key>/", letters.service_form, name="service_form"),
    path("spot-checks/", published.spot_checks, name="spot_checks"),
    path("spot-checks/<int:draw_id>/", published.spot_check, name="spot_check"),
    path("spot-checks/<int:draw_id>/list/", published.spot_check_list, name="spot_check_list"),
    path("blacklist/", published.blacklist, name="blacklist"),
    path("rates/", published.rates, name="rates"),
    path("rates/<int:publication_id>/csv/", published.rates_csv, name="rates_csv"),
]

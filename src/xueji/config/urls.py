"""The URL table: one include per audience. Permissions stand beside each path in `xueji.web`."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("xueji.web.urls")),
]
handler404 = "xueji.web.shared.refusals.not_found"
handler500 = "xueji.web.shared.outage.server_error"

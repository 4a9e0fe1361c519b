"""The product's addresses, and those of the guild's page: read again, as at a start with the page registered."""

from __future__ import annotations

from django.urls import include, path

from xueji.web import urls as product
from xueji.web.shared.uploads import upload_paths

urlpatterns = [path("", include((upload_paths(), "uploads"))), *product.urlpatterns]

"""The table of doors as it stands in the code, and as it was agreed: `python -m tests.web.doors` writes it down anew.

The matrix tries every address with what its view declares, so a view that declares too little passes it. The agreed
table stands apart from the code: whoever changes a permission, or what a post may do, changes a line of it too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

AGREED = Path(__file__).with_name("doors.txt")


def doors() -> Iterator[str]:
    """Yield a line for every address (its pattern, name and who may call it), then one for every post."""
    from tests.web.test_matrix import ALL

    from xueji.institutions.posts import PERMISSIONS_OF

    for address in sorted(ALL, key=lambda a: (a.name, a.route)):
        access = address.access
        who = (
            "undeclared"
            if access is None
            else access.permission
            or ("applicants" if access.of_applicants else "signed in" if access.signed_in else "anybody")
        )
        yield f"{address.name}  /{address.route}  {who}"
    for post, permissions in sorted(PERMISSIONS_OF.items()):
        yield f"post {post}  {' '.join(sorted(permissions))}"


def main() -> None:
    """Write the table down."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    os.environ["XUEJI_TESTING"] = "1"
    import django

    django.setup()
    AGREED.write_text("".join(f"{line}\n" for line in doors()), encoding="utf-8")


if __name__ == "__main__":
    main()

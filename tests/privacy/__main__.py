"""The crawl, the control and the scan over the configured database (`make demo` first): figures per account, as JSON lines."""

from __future__ import annotations

import json
import sys
from collections import Counter

from xueji.cli.bootstrap import set_up


def main() -> int:
    """Print what is left per post and what lies readable; status 1 when a number was rebuilt or something lies readable."""
    set_up(migrate=False, quiet=True)
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    from tests.privacy.crawl import read_by
    from tests.privacy.rebuild import Truth, figures, left_of
    from tests.privacy.scan import readable_in_tables

    from xueji.institutions.models import Appointment
    from xueji.registry.models import Person

    people = list(Person.objects.order_by("pk"))
    count = Counter(one.name for one in people)  # scraps are found by name: who shares one is left out
    truths = [Truth(one.name, one.sex, one.resident_id) for one in people if count[one.name] == 1]
    regions = {one.name: {one.number[:6]} for one in truths}
    born = {one.name: one.birth_date.isoformat() for one in people}
    before = (
        f"<tr><td>{one.name}</td><td>{one.number[:6]}********{one.number[-4:]}</td><td>{born[one.name]}</td></tr>"
        for one in truths
    )
    print(
        json.dumps(
            {
                "control": "mask and birth date",
                "people": len(truths),
                "rebuilt": figures(left_of(before, truths, regions))[0],
            }
        )
    )
    bad = 0
    posts = Appointment.objects.select_related("user").order_by("post", "pk").distinct("post")
    for held in posts:
        pages = read_by(held.user, ["/desk/"], limit=int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
        rebuilt, median = figures(left_of(pages, truths, regions))
        bad += rebuilt
        print(json.dumps({"post": held.post, "rebuilt": rebuilt, "median": median}, ensure_ascii=False), flush=True)
    readable = readable_in_tables({one.resident_id for one in people}, {one.birth_date for one in people})
    print(json.dumps({"readable": readable}, ensure_ascii=False))
    return 1 if bad or readable else 0


if __name__ == "__main__":
    sys.exit(main())

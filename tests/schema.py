"""Write down what the migrations make of an empty database, for the audit: `python -m tests.schema`."""

from __future__ import annotations

import os


def main() -> None:
    """Migrate a database of its own, write its facts to `cli/schema.txt`, and drop it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    os.environ["XUEJI_TESTING"] = "1"
    from xueji.config import postgres

    if not os.environ.get("DATABASE_URL"):
        postgres.start()
    import django
    from django.db import connection

    django.setup()
    from xueji.cli.audit_schema import EXPECTED, facts

    connection.settings_dict["TEST"]["NAME"] = "test_xueji_schema"
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        EXPECTED.write_text("".join(f"{line}\n" for line in facts()), encoding="utf-8")
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    main()

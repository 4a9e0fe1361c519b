"""An upload that cannot be confirmed stands beside a good one that waits; of either there is one, and one is being read."""

from django.db import migrations, models

_SUBJECT = ("kind", "subject_type", "subject_id")


class Migration(migrations.Migration):

    dependencies = [("uploads", "0003_what_another_confirms")]

    operations = [
        migrations.RemoveConstraint(model_name="upload", name="one_open_upload_per_kind_and_subject"),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(
                name="one_upload_read_at_a_time",
                fields=_SUBJECT,
                condition=models.Q(("needs_another", False), ("state", "reading")),
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(
                name="one_good_upload_waits",
                fields=_SUBJECT,
                condition=models.Q(
                    ("error_count", 0), ("needs_another", False), ("row_count__gt", 0), ("state", "ready")
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(
                name="one_faulty_upload_waits",
                fields=_SUBJECT,
                condition=models.Q(
                    ("needs_another", False),
                    ("state", "ready"),
                    models.Q(("error_count__gt", 0), ("row_count", 0), _connector="OR"),
                ),
            ),
        ),
    ]

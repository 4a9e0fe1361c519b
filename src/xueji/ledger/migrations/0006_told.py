"""What lands in inboxes is found along indexes that hold such events alone (`ledger/tags.py`)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_later_rows_adopted'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('tag__in', ['step:returned', 'step:refused', 'step:deferred', 'case:approved', 'school:reminded', 'duplicate:reminded', 'sealing_appointment:cancelled', 'sanction:imposed', 'sanction:lifted'])), fields=['school_id', 'id'], name='events_told_to_school'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('tag__in', ['sealing_round:moved', 'sealing_round:extended', 'sealing_round:cancelled', 'season:opened', 'season:closed', 'season:reopened', 'notice:published', 'notice:withdrawn'])), fields=['authority_id', 'id'], name='events_told_below'),
        ),
    ]

"""How far somebody has read in their inbox."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_one_account_a_person'),
        ('institutions', '0007_register_offices'),
    ]

    operations = [
        migrations.CreateModel(
            name='InboxMark',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='inbox_mark', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('read_up_to', models.BigIntegerField(verbose_name='已读到')),
            ],
        ),
    ]

"""What a school owes after its batch is sealed goes to the app of obligations."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("graduation", "0013_uploads_in_an_app_of_their_own")]

    operations = [migrations.DeleteModel(name="Duty")]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0005_the_room")]

    operations = [
        migrations.AddField(
            model_name="meeting",
            name="approve_first",
            field=models.BooleanField(default=False, verbose_name="entries wait for approval"),
        ),
    ]

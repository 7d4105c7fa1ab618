"""Manifests remember which columns they signed; older ones are empty here (see covers.py)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0010_minutes_are_found")]
    operations = [
        migrations.AddField(
            model_name="manifest",
            name="covers",
            field=models.JSONField(
                default=dict,
                help_text="columns by table that the fingerprint was made of; see covers.py",
            ),
        ),
    ]

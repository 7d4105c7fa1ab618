"""Approved minutes are found: meetings that have some are read again by the worker."""

from django.db import migrations


def forget(apps, schema_editor):
    approved = apps.get_model("archive", "Minutes").objects.filter(approved_at__isnull=False)
    followers = apps.get_model("archive", "Follower").objects
    followers.filter(meeting__in=approved.values("meeting")).delete()


class Migration(migrations.Migration):
    dependencies = [("archive", "0009_pdfa_in_manifests")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]

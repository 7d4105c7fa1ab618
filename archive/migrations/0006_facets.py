"""Entries say by one number what they are counted by. The index is made anew by the worker: it forgets
how far it had read."""

from django.db import migrations

SQLITE = [
    "DROP INDEX archive_entry_facts",
    """CREATE INDEX archive_entry_facts
       ON archive_entry (id, county_id, status, kind, township_id, facet_id)""",
]
SQLITE_BACK = [
    "DROP INDEX archive_entry_facts",
    """CREATE INDEX archive_entry_facts
       ON archive_entry (id, county_id, status, kind, township_id, year, month)""",
]


def run(statements):
    def apply(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            for statement in statements:
                schema_editor.execute(statement)

    return apply


def forget(apps, schema_editor):
    apps.get_model("archive", "Follower").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("archive", "0005_found_kept_brought")]
    operations = [
        migrations.RunPython(run(SQLITE), run(SQLITE_BACK)),
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]

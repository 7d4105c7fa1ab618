"""What counting and ranking read: on SQLite an index that holds the facts of an entry, so that its
wide row is not read; on PostgreSQL the county as a token of the full-text index itself."""

from django.db import migrations

SQLITE = [
    """CREATE INDEX archive_entry_facts
       ON archive_entry (id, county_id, status, kind, township_id, year, month)"""
]
SQLITE_BACK = ["DROP INDEX archive_entry_facts"]
TEXTS = """setweight(to_tsvector('simple', title_tokens), 'A')
        || setweight(to_tsvector('simple', text_tokens), 'D')"""
POSTGRESQL = [
    "ALTER TABLE archive_entry DROP COLUMN tsv",
    f"""ALTER TABLE archive_entry ADD COLUMN tsv tsvector GENERATED ALWAYS AS (
        {TEXTS} || array_to_tsvector(ARRAY['county:' || county_id::text])
    ) STORED""",
    "CREATE INDEX archive_entry_tsv ON archive_entry USING gin (tsv) WITH (fastupdate = off)",
]
POSTGRESQL_BACK = [
    "ALTER TABLE archive_entry DROP COLUMN tsv",
    f"ALTER TABLE archive_entry ADD COLUMN tsv tsvector GENERATED ALWAYS AS ({TEXTS}) STORED",
    "CREATE INDEX archive_entry_tsv ON archive_entry USING gin (tsv)",
]


def run(sqlite, postgresql):
    def apply(apps, schema_editor):
        statements = {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]
        for statement in statements:
            schema_editor.execute(statement)

    return apply


class Migration(migrations.Migration):
    dependencies = [("archive", "0002_engines")]
    operations = [
        migrations.RunPython(run(SQLITE, POSTGRESQL), run(SQLITE_BACK, POSTGRESQL_BACK))
    ]

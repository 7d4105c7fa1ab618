"""The engines' own tables: FTS5 kept by triggers on SQLite, a generated tsvector on PostgreSQL."""

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE archive_fts USING fts5(
        title_tokens, text_tokens,
        content='archive_entry', content_rowid='id', tokenize="unicode61 remove_diacritics 0"
    )""",
    """CREATE TRIGGER archive_entry_added AFTER INSERT ON archive_entry BEGIN
        INSERT INTO archive_fts(rowid, title_tokens, text_tokens)
        VALUES (new.id, new.title_tokens, new.text_tokens);
    END""",
    """CREATE TRIGGER archive_entry_removed AFTER DELETE ON archive_entry BEGIN
        INSERT INTO archive_fts(archive_fts, rowid, title_tokens, text_tokens)
        VALUES ('delete', old.id, old.title_tokens, old.text_tokens);
    END""",
    """CREATE TRIGGER archive_entry_changed
        AFTER UPDATE OF title_tokens, text_tokens ON archive_entry BEGIN
        INSERT INTO archive_fts(archive_fts, rowid, title_tokens, text_tokens)
        VALUES ('delete', old.id, old.title_tokens, old.text_tokens);
        INSERT INTO archive_fts(rowid, title_tokens, text_tokens)
        VALUES (new.id, new.title_tokens, new.text_tokens);
    END""",
    "INSERT INTO archive_fts(archive_fts) VALUES ('rebuild')",
]
SQLITE_BACK = [
    "DROP TRIGGER archive_entry_changed",
    "DROP TRIGGER archive_entry_removed",
    "DROP TRIGGER archive_entry_added",
    "DROP TABLE archive_fts",
]
POSTGRESQL = [
    """ALTER TABLE archive_entry ADD COLUMN tsv tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title_tokens), 'A')
        || setweight(to_tsvector('simple', text_tokens), 'D')
    ) STORED""",
    "CREATE INDEX archive_entry_tsv ON archive_entry USING gin (tsv)",
]
POSTGRESQL_BACK = ["ALTER TABLE archive_entry DROP COLUMN tsv"]


def run(sqlite, postgresql):
    def apply(apps, schema_editor):
        statements = {"sqlite": sqlite, "postgresql": postgresql}[schema_editor.connection.vendor]
        for statement in statements:
            schema_editor.execute(statement)

    return apply


class Migration(migrations.Migration):
    dependencies = [("archive", "0001_initial")]
    operations = [
        migrations.RunPython(run(SQLITE, POSTGRESQL), run(SQLITE_BACK, POSTGRESQL_BACK))
    ]

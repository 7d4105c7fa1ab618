from django.db import migrations, models


def count(apps, _schema_editor):
    """What the copies made so far take; a part on several slides is stored once."""
    Version = apps.get_model("uploads", "Version")
    Page = apps.get_model("uploads", "Page")
    sizes: dict[object, dict[str, int]] = {}
    rows = Page.objects.exclude(media=[]).values_list("version_id", "media")
    for version_id, media in rows.iterator(chunk_size=500):
        kept = sizes.setdefault(version_id, {})
        kept.update({item["key"]: item["size"] for item in media})
    for version_id, kept in sizes.items():
        Version.objects.filter(pk=version_id).update(media_bytes=sum(kept.values()))


class Migration(migrations.Migration):
    dependencies = [("uploads", "0004_approvals_and_media")]
    operations = [
        migrations.AddField(
            model_name="version",
            name="media_bytes",
            field=models.PositiveBigIntegerField(
                default=0, help_text="what the copies of its sound and video take"
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]

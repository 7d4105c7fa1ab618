from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0011_manifest_covers")]
    operations = [
        migrations.AlterField(
            model_name="manifestrow",
            name="role",
            field=models.CharField(
                choices=[
                    ("original", "original"),
                    ("pdf", "PDF"),
                    ("pdfa", "PDF/A"),
                    ("picture", "picture"),
                    ("media", "sound or video"),
                ],
                max_length=8,
            ),
        ),
    ]

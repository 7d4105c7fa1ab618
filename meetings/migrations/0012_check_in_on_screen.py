from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0011_notice_prints"),
    ]

    operations = [
        migrations.AlterField(
            model_name="meeting",
            name="screen_mode",
            field=models.CharField(
                choices=[
                    ("slide", "slide"),
                    ("board", "board"),
                    ("join", "join code"),
                    ("blank", "blank"),
                    ("poll", "poll"),
                    ("check", "Check in"),
                ],
                default="join",
                max_length=5,
            ),
        ),
    ]

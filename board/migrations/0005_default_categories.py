from django.db import migrations

from board.defaults import categories_in


def add(apps, schema_editor):
    """Every county that has no categories of its own gets those a new one starts with."""
    county_model = apps.get_model("townships", "County")
    category_model = apps.get_model("board", "Category")
    for county in county_model.objects.all():
        if category_model.objects.filter(county=county).exists():
            continue
        for place, (name, aspects) in enumerate(categories_in(county.language)):
            parent = category_model.objects.create(county=county, name=name, position=place)
            for number, aspect in enumerate(aspects):
                category_model.objects.create(
                    county=county, parent=parent, name=aspect, position=number
                )


class Migration(migrations.Migration):
    dependencies = [("board", "0004_hands_polls")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

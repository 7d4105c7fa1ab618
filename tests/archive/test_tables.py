"""The list of tables is complete: what is not exported is left out on purpose."""

from django.apps import apps

from archive.tables import TABLES

# made anew from the others, or only on its way
LEFT_OUT = {
    "archive.entry", "archive.facet", "archive.follower", "archive.oldimport", "archive.oldfile",
    "uploads.upload", "townships.peopleimport", "meetings.noticeprint", "board.wish",
}  # fmt: skip
OURS = ("townships", "meetings", "uploads", "board", "archive")


def test_every_model_is_exported_or_left_out_on_purpose():
    models = {
        model._meta.label_lower
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if model._meta.managed
    }
    listed = {table.name for table in TABLES}
    assert models - listed == LEFT_OUT
    assert len(listed) == len(TABLES)


def test_a_row_never_comes_before_what_it_points_at():
    seen: set[str] = set()
    for table in TABLES:
        seen.add(table.name)
        for column in table.columns:
            target = column.related_model
            if target is None or column.null:
                continue
            assert target._meta.label_lower in seen, f"{table.name}.{column.name}"

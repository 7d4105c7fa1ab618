"""An e-mail address belongs to one person, whatever its case: it is a way to sign in."""

from django.db import migrations, models
from django.db.models.functions import Lower


def clear_repeated_emails(apps, schema_editor):
    """Whoever has access, and then whoever came first, keeps an address that several have.

    The others are left without one; an audit row keeps what it was.
    """
    User = apps.get_model("townships", "User")
    AuditRow = apps.get_model("townships", "AuditRow")
    Membership = apps.get_model("townships", "Membership")
    active = set(Membership.objects.filter(active=True).values_list("user_id", flat=True))
    people = sorted(
        User.objects.exclude(email="").annotate(address=Lower("email")),
        key=lambda user: (user.pk not in active, user.date_joined),
    )
    kept = set()
    for user in people:
        if user.address not in kept:
            kept.add(user.address)
            continue
        AuditRow.objects.create(
            county_id=Membership.objects.filter(user=user)
            .order_by("-active", "-created_at")
            .values_list("county_id", flat=True)
            .first(),
            actor_label="",
            action="person.email_cleared",
            object_type="user",
            object_id=str(user.pk),
            detail={"email": user.email},
        )
        User.objects.filter(pk=user.pk).update(email="")


class Migration(migrations.Migration):

    dependencies = [
        ("townships", "0002_language_revocation_sessions"),
    ]

    operations = [
        migrations.RunPython(clear_repeated_emails, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="email_once_whatever_its_case",
            ),
        ),
    ]

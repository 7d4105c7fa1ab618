import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0006_approve_first'),
        ('townships', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='meeting',
            name='called_off_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='meeting',
            name='called_off_reason',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='meeting',
            name='notice',
            field=models.PositiveIntegerField(default=0, help_text='number of the newest notice: 0 before the first; in calendars SEQUENCE'),
        ),
        migrations.AddField(
            model_name='meeting',
            name='notice_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='series',
            name='language',
            field=models.CharField(blank=True, choices=[('zh-hans', '简体中文'), ('zh-hant', '繁體中文'), ('en', 'English')], max_length=10, verbose_name='language'),
        ),
        migrations.AlterField(
            model_name='series',
            name='weekend',
            field=models.CharField(choices=[('stay', 'keep the date'), ('before', 'move to the working day before'), ('after', 'move to the working day after')], default='stay', max_length=6, verbose_name='on a free day'),
        ),
        migrations.CreateModel(
            name='CalendarKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('language', models.CharField(blank=True, choices=[('zh-hans', '简体中文'), ('zh-hant', '繁體中文'), ('en', 'English')], max_length=10)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('county', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_keys', to='townships.county')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='townships.membership')),
                ('membership', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calendar_keys', to='townships.membership')),
            ],
            options={
                'verbose_name': 'calendar address',
                'ordering': ['-created_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('membership__isnull', False), ('revoked_at__isnull', True)), fields=('membership',), name='one_calendar_address_per_person'), models.UniqueConstraint(condition=models.Q(('membership__isnull', True), ('revoked_at__isnull', True)), fields=('county',), name='one_calendar_address_per_county')],
            },
        ),
        migrations.CreateModel(
            name='CalendarMail',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('notice', models.PositiveIntegerField()),
                ('what', models.CharField(choices=[('invited', 'invitation'), ('changed', 'change'), ('called_off', 'cancellation')], max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('handed', 'being sent'), ('sent', 'sent'), ('needless', 'overtaken by a newer one'), ('failed', 'not delivered'), ('unconfirmed', 'not confirmed')], default='waiting', max_length=11)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('not_before', models.DateTimeField(default=django.utils.timezone.now)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('claimed_by', models.CharField(blank=True, max_length=64)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_mails', to='meetings.meeting')),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_mails', to='townships.membership')),
            ],
            options={
                'verbose_name': 'calendar mail',
                'ordering': ['-created_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'handed'])), fields=['not_before'], name='calendar_mails_to_send')],
                'constraints': [models.UniqueConstraint(fields=('meeting', 'membership', 'notice'), name='one_mail_per_notice_and_person')],
            },
        ),
        migrations.CreateModel(
            name='NoticeReceipt',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('notice', models.PositiveIntegerField(help_text="the notice's number they confirmed last")),
                ('name', models.CharField(max_length=100)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='meetings.meeting')),
                ('membership', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='townships.membership')),
                ('township', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='townships.township')),
            ],
            options={
                'verbose_name': 'receipt of a notice',
                'ordering': ['at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('meeting', 'township'), name='a_township_confirms_a_notice_once')],
            },
        ),
        migrations.CreateModel(
            name='SeriesDay',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(help_text="the rule's day")),
                ('what', models.CharField(choices=[('skipped', 'left out'), ('moved', 'moved')], max_length=7)),
                ('held_on', models.DateField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='single_days', to='meetings.series')),
            ],
            options={
                'verbose_name': 'day of a series',
                'ordering': ['day'],
                'constraints': [models.UniqueConstraint(fields=('series', 'day'), name='a_day_of_a_series_once'), models.CheckConstraint(condition=models.Q(models.Q(('held_on__isnull', False), ('what', 'moved')), models.Q(('held_on__isnull', True), ('what', 'skipped')), _connector='OR'), name='a_moved_day_has_its_new_day')],
            },
        ),
        migrations.CreateModel(
            name='Turn',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(help_text="the rule's day")),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('by_hand', models.BooleanField(default=False)),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='turns', to='meetings.series')),
                ('township', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='turns', to='townships.township')),
            ],
            options={
                'verbose_name': 'turn',
                'ordering': ['day', 'position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('series', 'day', 'township'), name='a_township_has_one_turn_a_day')],
            },
        ),
        migrations.CreateModel(
            name='TurnSwap',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('asking_day', models.DateField()),
                ('asked_day', models.DateField()),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('state', models.CharField(choices=[('asked', 'asked'), ('accepted', 'agreed'), ('refused', 'refused'), ('withdrawn', 'withdrawn')], default='asked', max_length=9)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='townships.membership')),
                ('asked', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='townships.township')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='townships.membership')),
                ('asking', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='townships.township')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='swaps', to='meetings.series')),
            ],
            options={
                'verbose_name': 'swap of turns',
                'ordering': ['-asked_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('asking', models.F('asked')), _negated=True), name='nobody_swaps_with_themselves'), models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('series', 'asking', 'asking_day'), name='a_turn_is_offered_once_at_a_time')],
            },
        ),
    ]

"""Pages about many people at once: import and export, invitations, handing the county over."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from . import handover, people_export, people_import, people_mail, sheets
from .models import Invitation, Role, Township
from .pages import actor_of, done_or_said, tried
from .people_plan import Does, Plan, as_rows
from .permissions import Action, require
from .problems import NotFound, Problem

PER_PAGE = 100
DOES_WORDS = {
    Does.INVITE: pgettext_lazy("row of a list", "will be invited"),
    Does.RETURN: pgettext_lazy("row of a list", "comes back"),
    Does.MOVE: pgettext_lazy("row of a list", "changes role or township"),
    Does.TOWNSHIP: pgettext_lazy("row of a list", "township is added"),
    Does.SAME: pgettext_lazy("row of a list", "nothing to do"),
    Does.REFUSE: pgettext_lazy("row of a list", "refused"),
}
TONES = {
    Does.INVITE: ("ok", "plus"),
    Does.RETURN: ("ok", "refresh"),
    Does.MOVE: ("info", "arrow-right"),
    Does.TOWNSHIP: ("ok", "township"),
    Does.SAME: ("", "check"),
    Does.REFUSE: ("bad", "cross"),
}
STATE_WORDS = {
    "new": pgettext_lazy("invitations", "Link not given out"),
    "pending": pgettext_lazy("invitations", "Waiting"),
    "expired": pgettext_lazy("invitations", "Expired"),
    "accepted": pgettext_lazy("invitations", "Accepted"),
    "revoked": pgettext_lazy("invitations", "Taken back"),
}


class ImportForm(forms.Form):
    """A list of people as a file."""

    file = forms.FileField(label=gettext_lazy("File (XLSX or CSV)"), allow_empty_file=True)
    adds_townships = forms.BooleanField(
        label=gettext_lazy("Add townships that are not there yet"), required=False
    )


def download(data: bytes, name: str, kind: str) -> HttpResponse:
    """A file made just now, always an attachment, kept nowhere."""
    response = HttpResponse(data, content_type=kind)
    header: Any = content_disposition_header(True, name)
    response["Content-Disposition"] = header
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    """Choose a file; its preview comes next. Nothing is written before that has been confirmed."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, data = people_import.checked_file(form.cleaned_data["file"])
        ok, kept = tried(
            form,
            people_import.bring_people,
            actor=actor,
            filename=name,
            data=data,
            adds_townships=form.cleaned_data["adds_townships"],
        )
        if ok:
            return redirect("import_preview", kept.pk)
    status = 400 if form.errors else 200
    return render(request, "townships/import.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def import_preview(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """What each row will do; POST does it, if it is still what was shown."""
    actor = actor_of(request)
    if request.method == "POST":
        counts = done_or_said(
            request,
            people_import.carry_out_import,
            actor=actor,
            import_id=import_id,
            digest=request.POST.get("digest", ""),
        )
        if counts is None:
            return redirect("import_preview", import_id)
        messages.success(request, done_words(counts))
        invited = counts[Does.INVITE] + counts[Does.RETURN]
        return redirect(reverse("invitations") + "?state=new" if invited else reverse("people"))
    try:
        kept, plan = people_import.preview_of(actor, import_id)
    except people_import.ImportDone as problem:
        messages.info(request, problem.detail)
        return redirect("invitations")
    return render(request, "townships/import_preview.html", preview_context(request, kept, plan))


def done_words(counts: dict[str, int]) -> str:
    """What an import has done, in one sentence."""
    invited = counts[Does.INVITE] + counts[Does.RETURN]
    said = [
        ngettext("%(n)d person invited", "%(n)d people invited", invited) % {"n": invited},
        ngettext("%(n)d changed", "%(n)d changed", counts[Does.MOVE]) % {"n": counts[Does.MOVE]},
        ngettext("%(n)d row refused", "%(n)d rows refused", counts[Does.REFUSE])
        % {"n": counts[Does.REFUSE]},
    ]
    return _("Imported: %(what)s.") % {"what": _(", ").join(said)}


def preview_context(request: HttpRequest, kept: Any, plan: Plan) -> dict[str, Any]:
    counts = plan.counts()
    chosen = request.GET.get("show", "")
    rows = [row for row in plan.rows if not chosen or row.does == chosen]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    tabs = [{"key": "", "label": _("All rows"), "url": "?", "count": len(plan.rows)}]
    tabs += [
        {"key": does, "label": DOES_WORDS[does], "url": f"?show={does}", "count": counts[does]}
        for does in Does.ALL
        if counts[does]
    ]
    return {
        "kept": kept,
        "page": page,
        "rows": [
            {
                "row": row,
                "tone": TONES[row.does][0],
                "icon": TONES[row.does][1],
                "words": DOES_WORDS[row.does],
            }
            for row in page
        ],
        "tabs": tabs,
        "show": chosen,
        "counts": counts,
        "writes": sum(counts[does] for does in Does.WRITES),
        "new_townships": plan.new_townships,
        "digest": plan.digest,
    }


@require_GET
def import_refused(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """The refused rows with their reasons, to be mended and brought again."""
    actor = actor_of(request)
    _kept, plan = people_import.preview_of(actor, import_id)
    header = [_("Row"), *people_export.export_header()[:5], _("Why")]
    rows = [
        [
            row["number"],
            row["name"],
            row["role"],
            row["township"],
            row["username"],
            row["email"],
            "\n".join(row["says"]),
        ]
        for row in as_rows(plan)
        if row["does"] == Does.REFUSE
    ]
    made = sheets.xlsx_bytes([sheets.Table(_("Refused rows"), header, rows)])
    return download(made, _("Refused rows") + ".xlsx", sheets.XLSX_TYPE)


@require_GET
def export_people(request: HttpRequest, ending: str) -> HttpResponse:
    """Everybody of the county, in the columns that an import takes."""
    actor = actor_of(request)
    if ending not in ("csv", "xlsx"):
        raise NotFound
    rows = people_export.export_rows(actor, former="former" in request.GET)
    header = people_export.export_header()
    day = timezone.localdate().isoformat()
    name = _("%(county)s people %(day)s") % {"county": actor.county_name, "day": day}
    if ending == "csv":
        return download(sheets.csv_bytes(header, rows), f"{name}.csv", sheets.CSV_TYPE)
    made = sheets.xlsx_bytes([sheets.Table(_("People"), header, rows)])
    return download(made, f"{name}.xlsx", sheets.XLSX_TYPE)


@require_GET
def import_template(request: HttpRequest) -> HttpResponse:
    """An empty table with the headings, the townships and roles of this county beside it."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    header = people_export.export_header()[:5]
    roles = [[role.label] for role in Role if role != Role.GUEST]
    towns = [[town.name] for town in Township.objects.visible_to(actor).filter(active=True)]
    made = sheets.xlsx_bytes(
        [
            sheets.Table(_("People"), header, []),
            sheets.Table(_("Roles"), [_("Role")], roles),
            sheets.Table(_("Townships"), [_("Township")], towns),
        ]
    )
    return download(made, _("People") + ".xlsx", sheets.XLSX_TYPE)


@require_http_methods(["GET", "POST"])
def invitations(request: HttpRequest) -> HttpResponseBase:
    """Every invitation with its state; links for many at once, by mail or as a table."""
    actor = actor_of(request)
    state = request.GET.get("state", "")
    found = people_mail.invitations_of(actor, state)
    if request.method == "POST":
        return act_on_invitations(request, state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    counts = {each: people_mail.invitations_of(actor, each).count() for each in STATE_WORDS}
    tabs = [{"key": "", "label": _("All"), "url": "?", "count": sum(counts.values())}]
    tabs += [
        {"key": each, "label": words, "url": f"?state={each}", "count": counts[each]}
        for each, words in STATE_WORDS.items()
    ]
    context = {
        "page": page,
        "rows": [
            {"invitation": each, "state": people_mail.state_of(each), "user": each.membership.user}
            for each in page
        ],
        "tabs": tabs,
        "state": state,
        "mail_is_off": people_mail.mail_is_off(),
        "open_states": state in ("new", "pending", "expired", ""),
    }
    return render(request, "townships/invitations.html", context)


def act_on_invitations(request: HttpRequest, state: str) -> HttpResponse:
    actor = actor_of(request)
    back = reverse("invitations") + (f"?state={state}" if state else "")
    if "everybody" in request.POST:
        ids = list(people_mail.invitations_of(actor, state).values_list("pk", flat=True))
    else:
        ids = [each for each in map(as_uuid, request.POST.getlist("invitation")) if each]
    if not ids:
        messages.error(request, _("Choose at least one invitation."))
        return redirect(back)
    site, does = request.build_absolute_uri("/"), request.POST.get("do", "")
    try:
        if does == "links":
            return links_sheet(people_mail.new_links(actor=actor, invitation_ids=ids, site=site))
        if does == "mail":
            sent, without = people_mail.ask_for_mail(actor=actor, invitation_ids=ids, site=site)
            say_mailed(request, sent, without)
        elif does == "revoke":
            count = people_mail.revoke_many(actor=actor, invitation_ids=ids)
            text = ngettext(
                "%(n)d invitation has been taken back.",
                "%(n)d invitations have been taken back.",
                count,
            )
            messages.success(request, text % {"n": count})
    except Problem as problem:
        if problem.status not in (400, 409, 429):
            raise
        messages.error(request, problem.detail)
    return redirect(back)


def say_mailed(request: HttpRequest, sent: int, without: int) -> None:
    if sent:
        text = ngettext(
            "%(n)d link will be mailed within a minute.",
            "%(n)d links will be mailed within the next minutes.",
            sent,
        )
        messages.success(request, text % {"n": sent})
    if without:
        text = ngettext(
            "%(n)d person has no e-mail address: take the link away as a table.",
            "%(n)d people have no e-mail address: take their links away as a table.",
            without,
        )
        messages.warning(request, text % {"n": without})


def as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def links_sheet(made: list[tuple[Invitation, str]]) -> HttpResponse:
    """The new links as a table; they are told this once."""
    header = [_("Name"), _("Township"), _("Role"), _("User name"), _("Link (secret, works once)")]
    rows = [
        [
            each.membership.user.name,
            each.membership.township.name if each.membership.township else "",
            each.membership.get_role_display(),
            each.membership.user.username,
            link,
        ]
        for each, link in made
    ]
    book = sheets.xlsx_bytes([sheets.Table(_("Invitations"), header, rows)])
    return download(book, _("Invitations") + ".xlsx", sheets.XLSX_TYPE)


class HandOverForm(forms.Form):
    """Who takes over, and what becomes of whoever hands over."""

    membership_id = forms.ChoiceField(label=gettext_lazy("Who takes over"))
    then = forms.ChoiceField(
        label=gettext_lazy("What you will be afterwards"),
        widget=forms.RadioSelect,
        choices=[
            (Role.ORGANISER, gettext_lazy("Organiser too: we share the work for a while")),
            (Role.OBSERVER, gettext_lazy("Observer: I listen and reply")),
            (Role.ARCHIVIST, gettext_lazy("Archivist: I keep the archive")),
            (handover.LEAVES, gettext_lazy("Nothing: my access ends now")),
        ],
        initial=Role.ORGANISER,
    )

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [
            (str(each.pk), f"{each.user} · {each.township or each.get_role_display()}")
            for each in people
        ]
        self.fields["membership_id"].choices = [("", _("choose")), *shown]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """Hand the county over to somebody else."""
    actor = actor_of(request)
    people = handover.successors(actor)
    form = HandOverForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        ok, new = tried(
            form,
            handover.hand_over_county,
            actor=actor,
            membership_id=uuid.UUID(form.cleaned_data["membership_id"]),
            then=form.cleaned_data["then"],
        )
        if ok:
            messages.success(
                request, _("%(name)s is an organiser of the county now.") % {"name": new.user}
            )
            return redirect("people" if form.cleaned_data["then"] == Role.ORGANISER else "home")
    context = {"form": form, "people": people}
    return render(request, "townships/hand_over.html", context, status=400 if form.errors else 200)

"""Pages about people and townships, for organisers; the invitation's page; one's own account."""

import uuid
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth import login, logout
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from . import services
from .actors import Actor
from .forms import (
    AcceptForm,
    AccountForm,
    CountyForm,
    InviteForm,
    RoleForm,
    TownshipForm,
    role_initial,
)
from .languages import keep_language
from .models import ApiToken, County, Invitation, Membership, Township
from .pages import actor_of, address_of, done_or_said, tried
from .people import InvitationUsed
from .people_mail import state_of
from .permissions import Action, require
from .problems import NotFound
from .throttle import spend

NEW_LINK = "new_invitation_link"


PER_PAGE = 100


def people_context(request: HttpRequest) -> dict[str, Any]:
    """The county's people, a hundred a page: everybody who works here or is invited, or who is looked for.

    A constant number of queries for any number of people.
    """
    actor = actor_of(request)
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "town", "state")}
    people = people_found(actor, asked)
    townships = (
        Township.objects.visible_to(actor)
        .annotate(people=Count("memberships", filter=Q(memberships__active=True)))
        .order_by("position", "name")
    )
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    shown = [
        {
            "membership": person,
            "user": person.user,
            "invitation": getattr(person, "invitation", None),
            "state": state_of_person(person),
            "me": person.pk == actor.membership_id,
        }
        for person in page
    ]
    return {
        "townships": townships,
        "people": shown,
        "page": page,
        "asked": asked,
        "is_asked": any(asked.values()),
        "waiting": Invitation.objects.filter(
            membership__county_id=actor.county_id, accepted_at=None, revoked_at=None
        ).count(),
    }


def people_found(actor: Actor, asked: dict[str, str]) -> QuerySet[Membership]:
    """Who fits: `q` in a name, user name or address; `town` a township's id; `state` "ended" or ""."""
    here = Q(active=True) | Q(invitation__accepted_at=None, invitation__isnull=False)
    found = Membership.objects.filter(county_id=actor.county_id)
    if asked["state"] == "ended":
        again = Membership.objects.filter(user=OuterRef("user"), county_id=actor.county_id)
        found = found.exclude(here).filter(~Exists(again.filter(here)))
    else:
        found = found.filter(here)
    if asked["q"]:
        found = found.filter(
            Q(user__name__icontains=asked["q"])
            | Q(user__username__icontains=asked["q"])
            | Q(user__email__icontains=asked["q"])
        )
    if asked["town"]:
        try:
            found = found.filter(township_id=uuid.UUID(asked["town"]))
        except ValueError:
            found = found.none()
    return found.select_related("user", "township", "invitation").order_by(
        "township__position", "township__name", "role", "user__name", "created_at"
    )


def state_of_person(person: Membership) -> str:
    """ "" for who works here, "ended", or the state of the invitation."""
    invitation = getattr(person, "invitation", None)
    if person.active:
        return ""
    if invitation is None or invitation.accepted_at is not None:
        return "ended"
    return state_of(invitation)


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Townships and people; POST invites a person."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    form = InviteForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        ok, answer = tried(form, services.invite, actor=actor, **form.values())
        if ok:
            return show_link(request, *answer)
    new_link = request.session.pop(NEW_LINK, None) if request.method == "GET" else None
    context = people_context(request) | {"form": form, "new_link": new_link}
    context["town_form"] = TownshipForm(auto_id="town_%s")
    return render(request, "townships/people.html", context, status=400 if form.errors else 200)


def show_link(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Back to the list, where the secret link is shown this once."""
    link = request.build_absolute_uri(reverse("accept_invitation", args=[token]))
    request.session[NEW_LINK] = {
        "name": str(invitation.membership.user),
        "username": invitation.membership.user.username,
        "link": link,
        "until": invitation.expires_at.isoformat(),
        "qr": segno.make(link, error="m").svg_data_uri(
            scale=6, border=2, dark="#23201c", light="#ffffff", xmldecl=False
        ),
    }
    return redirect("people")


@require_POST
def renew_invitation(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """A new link; the old one dies."""
    answer = done_or_said(
        request,
        services.renew_invitation,
        actor=actor_of(request),
        invitation_id=invitation_id,
    )
    return show_link(request, *answer) if answer else redirect("people")


@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Take an invitation back."""
    actor = actor_of(request)
    if done_or_said(request, services.revoke_invitation, actor=actor, invitation_id=invitation_id):
        messages.success(request, _("The invitation has been taken back."))
    return redirect("people")


def membership_of(request: HttpRequest, membership_id: uuid.UUID) -> Membership:
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    membership = (
        Membership.objects.filter(pk=membership_id, county_id=actor.county_id)
        .select_related("user", "township", "county")
        .first()
    )
    if membership is None:
        raise NotFound
    return membership


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    """One person: role and township, and what they were before."""
    actor = actor_of(request)
    membership = membership_of(request, membership_id)
    form = RoleForm(request.POST or None, actor=actor, initial=role_initial(membership))
    if request.method == "POST" and form.is_valid():
        ok, changed = tried(
            form,
            services.change_membership,
            actor=actor,
            membership_id=membership.pk,
            **form.values(),
        )
        if ok:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("person", changed.pk)
    history = membership.user.memberships.filter(county_id=actor.county_id).select_related(
        "township"
    )
    context = {
        "membership": membership,
        "form": form,
        "history": history.order_by("-created_at"),
        "me": membership.pk == actor.membership_id,
    }
    return render(request, "townships/person.html", context, status=400 if form.errors else 200)


@require_POST
def deactivate_person(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    """End a person's access."""
    if done_or_said(
        request,
        services.deactivate_person,
        actor=actor_of(request),
        membership_id=membership_id,
    ):
        messages.success(request, _("Access has ended; what was written stays."))
    return redirect("people")


@require_POST
def add_township(request: HttpRequest) -> HttpResponse:
    """A new township."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    form = TownshipForm(request.POST, auto_id="town_%s")
    if form.is_valid():
        ok, made = tried(form, services.create_township, actor=actor, **form.cleaned_data)
        if ok:
            messages.success(request, _("%(name)s has been added.") % {"name": made.name})
            return redirect("people")
    context = people_context(request) | {"form": InviteForm(actor=actor), "town_form": form}
    return render(request, "townships/people.html", context, status=400)


@require_http_methods(["GET", "POST"])
def township(request: HttpRequest, township_id: uuid.UUID) -> HttpResponse:
    """Rename a township, or take it out of the agendas."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    town = Township.objects.visible_to(actor).filter(pk=township_id).first()
    if town is None:
        raise NotFound
    form = TownshipForm(request.POST or None, initial={"name": town.name})
    if request.method == "POST" and form.is_valid():
        arguments: dict[str, Any] = dict(form.cleaned_data)
        if "active" in request.POST:
            arguments["active"] = request.POST["active"] == "1"
        ok, _town = tried(
            form, services.change_township, actor=actor, township_id=town.pk, **arguments
        )
        if ok:
            messages.success(request, _("Saved."))
            return redirect("people")
    context = {"town": town, "form": form}
    return render(request, "townships/township.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def county(request: HttpRequest) -> HttpResponse:
    """The county's name, time zone and language."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    mine = County.objects.get(pk=actor.county_id)
    initial = {"name": mine.name, "time_zone": mine.time_zone, "language": mine.language}
    form = CountyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        ok, _county = tried(form, services.change_county, actor=actor, **form.cleaned_data)
        if ok:
            messages.success(request, _("Saved."))
            return redirect("people")
    context = {"form": form}
    return render(request, "townships/county.html", context, status=400 if form.errors else 200)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link: choose a password and be signed in."""
    spend("invitation", address_of(request), limit=30, seconds=60)
    try:
        invitation = services.open_invitation(token)
    except (NotFound, InvitationUsed) as problem:
        return render(
            request,
            "townships/invitation_over.html",
            {"problem": problem},
            status=problem.status,
        )
    invited = invitation.membership
    form = AcceptForm(request.POST or None, initial={"username": invited.user.username})
    if request.method == "POST" and form.is_valid():
        ok, user = tried(form, services.accept_invitation, token=token, **form.cleaned_data)
        if ok:
            logout(request)
            login(request, user)
            messages.success(request, _("Welcome, %(name)s. You are signed in.") % {"name": user})
            return redirect("home")
    context = {"form": form, "invited": invited, "county": invited.county}
    return render(
        request, "townships/accept_invitation.html", context, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own name, e-mail, language; sessions and tokens."""
    actor = actor_of(request)
    if not request.user.is_authenticated:
        raise NotFound
    user = request.user
    initial = {"name": user.name, "email": user.email, "language": user.language}
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        ok, _user = tried(form, services.rename_person, actor=actor, user=user, **form.cleaned_data)
        if ok:
            messages.success(request, _("Saved."))
            response = redirect("account")
            keep_language(response, form.cleaned_data["language"])
            return response
    tokens = ApiToken.objects.filter(membership_id=actor.membership_id, revoked_at=None)
    context = {"form": form, "tokens": tokens.order_by("-created_at")}
    return render(request, "townships/account.html", context, status=400 if form.errors else 200)


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End all of one's sessions, this one too; on request the tokens as well."""
    actor = actor_of(request)
    services.sign_out_everywhere(actor=actor, user=request.user, tokens="tokens" in request.POST)
    logout(request)
    messages.success(request, _("You have been signed out everywhere."))
    return redirect("account_login")


@require_POST
def revoke_token(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """End one of one's own tokens."""
    services.revoke_token(actor=actor_of(request), token_id=token_id)
    messages.success(request, _("The token no longer works."))
    return redirect("account")

"""Names and words that are long, as in English, stay whole where there is room for them."""

from django.urls import reverse

from tests.people import make_person

from .board import make_deck, open_room


def test_names_in_the_list_of_people_break_between_words(
    browser, daphne_server, organiser, county, township
):
    person = make_person(county, "member", "wangxiaomanzhang", township)
    person_row = "tr", {"has_text": "wangxiaomanzhang"}
    page = browser(organiser, locale="en")
    page.goto(reverse("people"))
    cell = page.locator(person_row[0]).filter(**person_row[1]).locator("td").nth(2)
    inner = cell.evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"
    )
    assert person
    assert inner == 1


def test_what_a_picture_in_the_cockpit_is_stands_below_it_in_whole_words(
    browser, organiser, live_meeting, township
):
    material = make_deck(live_meeting, township)
    material.kind = "manuscript"
    material.save()
    page = open_room(browser(organiser, locale="en"), live_meeting, "cockpit")
    name = page.locator('[data-decks] [data-part="name"]').filter(has_text="manuscript")
    name.wait_for()
    assert name.evaluate(
        "e => e.scrollWidth <= e.clientWidth || getComputedStyle(e).overflowX === 'visible'"
    )

"""The sign-in page, in the three sizes."""

import pytest

from meetings.models import Meeting
from townships.actors import Actor

from ..people import PASSWORD
from .pages import Browsers, Viewport, assert_accessible, sign_in


@pytest.mark.parametrize("viewport", ["phone", "laptop", "projector"])
def test_the_sign_in_page_is_accessible(browser: Browsers, viewport: Viewport) -> None:
    """axe finds nothing, nothing is loaded from elsewhere, nothing scrolls sideways."""
    page = browser(viewport=viewport)
    page.goto("/accounts/login/")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_member_signs_in_by_the_form(browser: Browsers, member: Actor) -> None:
    """User name and password, Enter: the month is shown under the member's name."""
    page = browser()
    sign_in(page, "member", PASSWORD)
    assert "青石委员" in page.locator("body").inner_text()


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh-CN", "已登录：青石委员。"),
        ("zh-TW", "已登入：青石委员。"),
        ("en", "Signed in as 青石委员."),
    ],
)
def test_who_signed_in_is_called_by_name(
    browser: Browsers, member: Actor, locale: str, said: str
) -> None:
    page = browser(locale=locale)
    sign_in(page, "member", PASSWORD)
    assert said in page.locator("body").inner_text()


def test_who_has_only_a_code_finds_where_to_enter_it(
    browser: Browsers, live_meeting: Meeting
) -> None:
    """Guests open the address of the hub and see the way to their meeting."""
    page = browser(viewport="phone")
    page.goto("/")
    page.get_by_role("link", name="我有会场大屏上的入会码").click()
    page.locator("input[name=code]").fill("abc234")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("heading", name=live_meeting.title).wait_for()

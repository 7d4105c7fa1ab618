"""The sign-in page, in the three sizes."""

import pytest

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

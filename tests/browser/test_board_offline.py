"""A phone without signal: nothing typed is lost, nothing is sent twice, nothing is missed."""

from playwright.sync_api import expect

from board.models import Post

from .board import LIVE, bodies, card, open_room, write

OFFLINE = "ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION|WebSocket|503"


def test_a_browser_taken_offline_and_back_shows_exactly_what_it_missed(
    browser, member, other_member, live_meeting
):
    phone = open_room(browser(member, "phone"), live_meeting)
    other = open_room(browser(other_member), live_meeting)
    browser.expect_errors(OFFLINE)
    write(other, "problem", "之前")
    expect(card(phone, "之前")).to_have_count(1)
    phone.context.set_offline(True)
    expect(phone.locator('[data-connection][data-state="offline"]')).to_be_attached()
    for text in ("离线时一", "离线时二", "离线时三"):
        write(other, "question", text)
    card(other, "之前").locator('[data-act="reply"]').click()
    card(other, "之前").locator("[data-reply-form] textarea").fill("离线时的答复")
    card(other, "之前").locator("[data-reply-form] button.primary").click()
    expect(card(other, "之前").locator(".replies li")).to_have_count(1)
    phone.wait_for_timeout(500)
    assert bodies(phone) == ["之前"]
    phone.context.set_offline(False)
    expect(phone.locator("[data-posts] .post")).to_have_count(4)
    expect(card(phone, "之前").locator(".replies li")).to_have_count(1)
    assert bodies(phone) == bodies(other)


def test_what_is_written_offline_waits_survives_a_reload_and_is_sent_once(
    browser, member, other_member, live_meeting
):
    phone = open_room(browser(member, "phone"), live_meeting)
    other = open_room(browser(other_member), live_meeting)
    browser.expect_errors(OFFLINE)
    phone.context.set_offline(True)
    write(phone, "problem", "没有信号时写的")
    waiting = card(phone, "没有信号时写的")
    expect(waiting).to_have_class("post is-waiting")
    # The page comes back before its line does: the API stays cut.
    cut = phone.context
    cut.route("**/api/**", lambda route: route.abort("internetdisconnected"))
    cut.set_offline(False)
    phone.reload()
    expect(waiting).to_have_class("post is-waiting")
    expect(waiting.get_by_text("等待发送")).to_be_visible()
    expect(phone.locator("[data-connection]")).to_contain_text("1 条待发送")
    assert Post.objects.count() == 0
    cut.unroute("**/api/**")
    expect(card(other, "没有信号时写的")).to_have_count(1)
    expect(phone.locator(".is-waiting")).to_have_count(0)
    expect(card(phone, "没有信号时写的")).to_have_count(1)
    phone.reload()
    phone.locator(LIVE).wait_for(state="attached")
    expect(card(phone, "没有信号时写的")).to_have_count(1)
    assert Post.objects.count() == 1


def test_an_answer_that_got_lost_leads_to_one_entry(browser, member, live_meeting):
    """The server stored it, the phone never heard so, and sends it again: one entry."""
    phone = open_room(browser(member, "phone"), live_meeting)
    browser.expect_errors(OFFLINE)
    lost = []

    def lose_first_answer(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    phone.route("**/posts", lose_first_answer)
    write(phone, "problem", "答案丢失")
    expect(phone.locator(".is-waiting")).to_have_count(0)
    expect(card(phone, "答案丢失")).to_have_count(1)
    phone.wait_for_timeout(1500)
    assert lost == [201]
    expect(card(phone, "答案丢失")).to_have_count(1)
    assert Post.objects.count() == 1


def test_an_answer_that_is_cut_in_the_middle_leads_to_one_entry(browser, member, live_meeting):
    """The line breaks when the answer has begun: the phone asks again by itself."""
    phone = open_room(browser(member, "phone"), live_meeting)
    phone.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = async (...given) => {
            const answer = await real(...given);
            if (!answer.url.endsWith("/posts")) return answer;
            window.fetch = real;
            const broken = new ReadableStream({ pull: (to) => to.error(new TypeError("cut")) });
            return new Response(broken, { status: answer.status });
          };
        }"""
    )
    write(phone, "problem", "答到一半")
    expect(phone.locator(".is-waiting")).to_have_count(0)
    expect(card(phone, "答到一半")).to_have_count(1)
    assert Post.objects.count() == 1


def test_what_is_written_just_as_the_last_one_is_acknowledged_is_sent_too(
    browser, member, live_meeting
):
    """All is sent, but the browser has not yet given the outbox free for the next round."""
    phone = open_room(browser(member, "phone"), live_meeting)
    phone.evaluate(
        """() => {
          const locks = navigator.locks, real = locks.request.bind(locks);
          locks.request = async (...given) => {
            await real(...given);
            await new Promise((release) => (window.release = release));
          };
        }"""
    )
    write(phone, "problem", "先写的")
    expect(card(phone, "先写的")).to_have_count(1)
    expect(phone.locator(".is-waiting")).to_have_count(0)
    write(phone, "problem", "后写的")
    expect(phone.locator(".is-waiting")).to_have_count(1)
    phone.evaluate("() => release()")
    expect(phone.locator(".is-waiting")).to_have_count(0)
    assert Post.objects.count() == 2


def test_where_nothing_can_be_stored_what_is_written_is_still_sent(browser, member, live_meeting):
    """The browser's storage is full, or forbidden by the office: only a reload would forget it."""
    phone = open_room(browser(member, "phone"), live_meeting)
    phone.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    phone.context.set_offline(True)
    browser.expect_errors(OFFLINE)
    write(phone, "problem", "没地方存")
    expect(card(phone, "没地方存")).to_have_class("post is-waiting")
    phone.context.set_offline(False)
    expect(phone.locator(".is-waiting")).to_have_count(0)
    expect(card(phone, "没地方存")).to_have_count(1)
    assert Post.objects.count() == 1


def test_a_draft_survives_a_reload(browser, member, live_meeting):
    phone = open_room(browser(member, "phone"), live_meeting)
    phone.locator('[data-compose="practice"]').click()
    phone.locator("[data-composer] textarea").fill("还没写完")
    phone.reload()
    expect(phone.locator("[data-composer] textarea")).to_have_value("还没写完")
    expect(phone.locator('[data-composer] [value="practice"]')).to_be_checked()


def test_a_refused_entry_keeps_its_text_and_says_why(browser, member, live_meeting, settings):
    phone = open_room(browser(member, "phone"), live_meeting)
    browser.expect_errors("status of 400")
    phone.route(
        "**/posts",
        lambda route: route.continue_(
            post_data=route.request.post_data.replace('"problem"', '"rumour"')
        ),
    )
    write(phone, "problem", "写了很久的话")
    refused = card(phone, "写了很久的话")
    expect(refused.locator('[data-part="refused"]')).to_be_visible()
    refused.locator('[data-act="again"]').click()
    expect(phone.locator("[data-composer] textarea")).to_have_value("写了很久的话")

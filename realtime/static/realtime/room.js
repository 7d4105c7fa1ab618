/* The participant's page. */

import { Board } from "./board.js";
import { Composer } from "./composer.js";
import { holdFocus } from "./focus.js";
import { askWhenSeen, follow, pageState } from "./live.js";
import { Outbox } from "./outbox.js";
import { Polls } from "./polls.js";
import { Slides } from "./slides.js";
import { Speaking } from "./speaking.js";
import { Store } from "./store.js";
import { Timer } from "./timer.js";
import { toast } from "../hub/hub.js";

const state = pageState();
const store = new Store(state);
const outbox = new Outbox(state.meeting.id, state.me.mark, (item, answer, error) => {
  if (item.type === "vote") voted(item, answer, error);
  else if (error) toast(error.message, "error");
  else if (item.type === "post") store.putPost(answer);
  else if (item.type === "support") {
    store.setSupported(item.post, item.body.supported);
    store.putPost(answer);
  } else addReply(item.post, answer);
});

/** A secret vote sent twice was counted once: then the answer is "cast already". */
function voted(item, answer, error) {
  const poll = store.polls.get(item.poll);
  if (error && error.code !== "already_voted") return toast(error.message, "error");
  store.setVote(item.poll, poll?.secret ? "" : item.body.option);
  if (answer) store.put("polls", answer);
  return null;
}

function addReply(id, reply) {
  const post = store.posts.get(id);
  if (!post || post.replies.some((known) => known.id === reply.id)) return;
  store.putPost({ ...post, replies: [...post.replies, reply] });
}

let composer = null;
const slides = new Slides(document.querySelector("[data-stage-root]"), store, () => composer?.showAnchor());
const form = document.querySelector("[data-composer]");
if (form) composer = new Composer(form, store, outbox, () => slides.current);
new Board(document.querySelector("[data-board]"), store, outbox, {
  edit: (post) => composer?.edit(post),
  rewrite: (body) => composer?.rewrite(body),
  showPage: (page) => slides.showPage(page),
});
new Speaking(store, new Timer(store, state.now));

/* Polls: what can be answered now stands above the board, results below it in a list of their own. */
const vote = (poll, option) => outbox.add({ type: "vote", poll: poll.id, body: { option } });
const onShow = (poll) => poll.state === "open" || (store.screen.mode === "poll" && store.screen.poll === poll.id);
new Polls(document.querySelector("[data-polls]"), store, outbox, { vote, shown: onShow });
const results = document.querySelector("[data-results]");
const closed = new Polls(results.querySelector("[data-closed-polls]"), store, outbox, { vote, shown: (poll) => poll.state === "closed" && !onShow(poll) });
const showResults = () => (results.hidden = !closed.list.children.length);
store.onChange(showResults);
showResults();

store.onChange((changed) => {
  if (!changed.meeting) return;
  const ended = store.meeting.status === "closed";
  for (const element of document.querySelectorAll("[data-while-open]")) element.hidden = ended;
  for (const element of document.querySelectorAll("[data-when-closed]")) element.hidden = !ended;
  slides.render();
});

holdFocus();
follow(store, state.seq, { outbox });
askWhenSeen(store);

/* The participant's page. */

import { Board } from "./board.js";
import { Composer } from "./composer.js";
import { follow, pageState } from "./live.js";
import { Outbox } from "./outbox.js";
import { Slides } from "./slides.js";
import { Store } from "./store.js";
import { toast } from "../hub/hub.js";

const state = pageState();
const store = new Store(state);
const outbox = new Outbox(state.meeting.id, state.me.mark, (item, answer, error) => {
  if (error) toast(error.message, "error");
  else if (item.type === "post") store.putPost(answer);
  else if (item.type === "support") {
    store.setSupported(item.post, item.body.supported);
    store.putPost(answer);
  } else addReply(item.post, answer);
});

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

store.onChange((changed) => {
  if (!changed.meeting) return;
  const closed = store.meeting.status === "closed";
  for (const element of document.querySelectorAll("[data-while-open]")) element.hidden = closed;
  for (const element of document.querySelectorAll("[data-when-closed]")) element.hidden = !closed;
  slides.render();
});

follow(store, state.seq, { outbox });

/* The organiser's hand on the board. Everything can be undone from the message that follows it. */

import { _ } from "../hub/format.js";
import { api, send } from "./http.js";

const patch = (post, changes) => () => send("PATCH", api(`/posts/${post.id}`), changes);

/** `act` of an entry's menu: pin, hide, screen, answered, carried, merge, merge-here. */
export async function moderate(board, act, post) {
  const undo = (changes) => () => board.write(patch(post, changes));
  if (act === "pin") {
    await board.write(patch(post, { pinned: !post.pinned }), post.pinned ? _("Unpinned.") : _("Pinned."), undo({ pinned: post.pinned }));
  } else if (act === "hide") {
    await board.write(patch(post, { hidden: !post.hidden }), post.hidden ? _("Visible again.") : _("Hidden."), undo({ hidden: post.hidden }));
  } else if (act === "screen") {
    await putOnScreen(board, post);
  } else if (act === "answered" || act === "carried") {
    const status = post.status === act ? "waiting" : act;
    await board.write(patch(post, { status }), _("Noted."), undo({ status: post.status }));
  } else if (act === "merge") {
    board.startMerging(post.id);
  } else if (act === "merge-here") {
    const from = board.merging;
    board.startMerging(null);
    await board.write(() => send("POST", api(`/posts/${from}/merge`), { into: post.id }), _("Merged: supporters and replies moved over."));
  }
}

async function putOnScreen(board, post) {
  const off = post.status === "on_screen";
  const done = await board.write(patch(post, { status: off ? "waiting" : "on_screen" }), off ? _("Off the screen.") : _("On the screen."));
  if (done && !off) await board.write(() => send("PUT", api(`/meetings/${board.store.meeting.id}/screen`), { mode: "board" }));
}

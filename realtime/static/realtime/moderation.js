/* The organiser's hand on the board. Everything can be undone: from the message that follows it, and
   later from the entry's own menu. */

import { _ } from "../hub/format.js";
import { fillCategories } from "./categories.js";
import { api, send } from "./http.js";

const patch = (post, changes) => () => send("PATCH", api(`/posts/${post.id}`), changes);

/** What each button of an entry does: its write, its words, and how to take it back. */
const SIMPLE = {
  pin: (post) => [{ pinned: !post.pinned }, post.pinned ? _("Unpinned.") : _("Pinned."), { pinned: post.pinned }],
  hide: (post) => [{ hidden: !post.hidden }, post.hidden ? _("Visible again.") : _("Hidden."), { hidden: post.hidden }],
  approve: () => [{ approved: true }, _("Approved."), { approved: false }],
  hold: () => [{ approved: false }, _("It waits for approval."), { approved: true }],
  answered: (post) => status(post, "answered"),
  carried: (post) => status(post, "carried"),
};

const status = (post, wanted) => [{ status: post.status === wanted ? "waiting" : wanted }, _("Noted."), { status: post.status }];

/** `act` of an entry's menu; `button` is what was pressed. */
export async function moderate(board, act, post, button) {
  if (act in SIMPLE) {
    const [changes, words, back] = SIMPLE[act](post);
    await board.write(patch(post, changes), words, () => board.write(patch(post, back)));
  } else if (act === "screen") await putOnScreen(board, post);
  else if (act === "merge") board.startMerging(post.id);
  else if (act === "merge-here") await mergeHere(board, post);
  else if (act === "unmerge") await unmerge(board, button.dataset.other, post.id);
  else if (act === "assign") assign(board, post);
  else if (act === "unassign") await unassign(board, post);
  else if (act === "file") file(board, post);
  else if (act === "hide-reply") await hideReply(board, button.dataset.reply, button.dataset.hidden !== "true");
}

async function putOnScreen(board, post) {
  const { store } = board;
  const off = post.status === "on_screen";
  const before = store.screen.mode;
  const other = [...store.posts.values()].find((one) => one.status === "on_screen" && one.id !== post.id);
  const screen = (mode) => () => send("PUT", api(`/meetings/${store.meeting.id}/screen`), { mode });
  const undo = async () => {
    if (!off && other) await board.write(patch(other, { status: "on_screen" }));
    await board.write(patch(post, { status: post.status, ...(post.held && { approved: false }) }));
    // The slide and the vote shown last are remembered by the server; what was shown since stays.
    if (!off && store.screen.mode === "board") await board.write(screen(before));
  };
  const done = await board.write(patch(post, { status: off ? "waiting" : "on_screen" }), off ? _("Off the screen.") : _("On the screen."), undo);
  if (done && !off) await board.write(screen("board"));
}

async function mergeHere(board, post) {
  const from = board.merging;
  board.startMerging(null);
  await board.write(
    () => send("POST", api(`/posts/${from}/merge`), { into: post.id }),
    _("Merged: supporters and replies moved over."),
    () => unmerge(board, from, post.id),
  );
}

async function unmerge(board, id, root) {
  await board.write(
    () => send("DELETE", api(`/posts/${id}/merge`)),
    _("Separated: each has its own supporters and replies again."),
    () => board.write(() => send("POST", api(`/posts/${id}/merge`), { into: root })),
  );
}

async function hideReply(board, id, hidden) {
  const set = (value) => () => send("PATCH", api(`/replies/${id}`), { hidden: value });
  await board.write(set(hidden), hidden ? _("Hidden.") : _("Visible again."), () => board.write(set(!hidden)));
}

const assignmentOf = ({ case: one }) => one && (one.responsible || one.due) && { user: one.responsible_id, name: one.responsible, due: one.due };

const give = (post, body) => () => send("PUT", api(`/posts/${post.id}/assignment`), body);
const takeBack = (post) => () => send("DELETE", api(`/posts/${post.id}/assignment`));

async function unassign(board, post) {
  const before = assignmentOf(post);
  await board.write(takeBack(post), _("Taken back."), before ? () => board.write(give(post, before)) : undefined);
}

/** The dialog that asks who sees to an entry and until when. */
function assign(board, post) {
  const dialog = document.getElementById("assign-dialog");
  const form = dialog.querySelector("[data-assign]");
  const { user, name, due } = form.elements;
  if (user.options.length === 1) {
    for (const person of board.store.people) user.add(new Option(person.unit ? `${person.name} (${person.unit})` : person.name, person.id), user.options[user.options.length - 1]);
  }
  const before = assignmentOf(post);
  const own = board.store.people.find((person) => post.township && person.unit === post.township.name);
  user.value = before ? before.user ?? "" : own?.id ?? "";
  name.value = before && !before.user ? before.name : "";
  due.value = before?.due ?? "";
  const other = () => { form.querySelector("[data-other]").hidden = Boolean(user.value); };
  user.onchange = other;
  other();
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (!user.value && !name.value.trim()) {
      problem.textContent = _("Choose a person of the county, or write a name.");
      problem.hidden = false;
      return name.focus();
    }
    dialog.close();
    const body = { user: user.value || null, name: user.value ? "" : name.value.trim(), due: due.value || null };
    await board.write(give(post, body), _("Assigned."), () => board.write(before ? give(post, before) : takeBack(post)));
  };
  dialog.showModal();
}

/** The dialog that files an entry under a category. */
function file(board, post) {
  const dialog = document.getElementById("file-dialog");
  const form = dialog.querySelector("[data-file]");
  const { category } = form.elements;
  fillCategories(category, board.store.categories);
  const before = post.category?.id ?? "";
  category.value = before;
  form.onsubmit = async (event) => {
    event.preventDefault();
    dialog.close();
    const set = (id) => patch(post, { category: id || null });
    await board.write(set(category.value), _("Noted."), () => board.write(set(before)));
  };
  dialog.showModal();
}

/** The switch for approving first. */
export function approveFirst(board) {
  const box = board.root.querySelector("[data-approve-first]");
  if (!box) return;
  const { store } = board;
  const show = () => {
    box.checked = Boolean(store.meeting.approve_first);
    box.closest("label").hidden = store.meeting.status === "closed";
  };
  box.addEventListener("change", async () => {
    const wanted = box.checked;
    const done = await board.write(() => send("PATCH", api(`/meetings/${store.meeting.id}`), { approve_first: wanted }), wanted ? _("New entries wait for your approval.") : _("New entries appear at once."));
    if (!done) show();
  });
  store.onChange((changed) => changed.meeting && show());
  show();
}

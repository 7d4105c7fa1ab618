/* The live part of a server-rendered page: fetched anew when something happened, swapped in where it
   changed; place and focus stay. */

const LEAST_MS = 1500;
const FOCUSABLE = "a, button, input";
const bare = (node) => node.innerHTML.replace(/value="[^"]*"/g, "");

function swap(live, fresh) {
  if (bare(fresh) === bare(live)) return false;
  const place = [...live.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  live.replaceChildren(...fresh.childNodes);
  if (place >= 0) live.querySelectorAll(FOCUSABLE)[place]?.focus();
  return true;
}

/** For the element `id`: a function that has it fetched soon, at most every 1.5 s however often it is
 * called. `onChange` is called after a swap, `onPage` with every fresh page (a Document). */
export function refreshing(id, { onChange, onPage } = {}) {
  const live = document.getElementById(id);
  let timer = null;
  let last = 0;

  async function refresh() {
    timer = null;
    last = performance.now();
    try {
      const response = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById(id);
      if (fresh && swap(live, fresh)) onChange?.();
      onPage?.(page);
    } catch { /* offline: the next event tries again */ }
  }

  return () => {
    timer ??= setTimeout(refresh, Math.max(100, LEAST_MS - (performance.now() - last)));
  };
}

/* Sizes, durations and times in the reader's language, as hub/display.py writes them. */

const language = document.documentElement.lang || "zh-Hans";
export const _ = (text) => (window.gettext ? window.gettext(text) : text);
export const pgettext = (context, text) => (window.pgettext ? window.pgettext(context, text) : text);
export const ngettext = (one, many, n) => (window.ngettext ? window.ngettext(one, many, n) : n === 1 ? one : many);
export const fill = (text, values) => text.replace(/%\((\w+)\)[sd]/g, (all, key) => values[key] ?? all);

/** 312 KB, 1.4 MB (1 KB = 1024 bytes). */
export function formatSize(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let n = Number(bytes) || 0;
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i += 1; }
  return `${n.toFixed(i < 2 || n >= 100 ? 0 : 1)} ${units[i]}`;
}

/** Seconds in the two largest units: 45 s, 1 h 20 min. */
export function formatSpan(seconds) {
  const total = Math.max(0, Math.round(Number(seconds) || 0));
  if (total < 60) return fill(_("%(n)d s"), { n: total });
  const minutes = Math.round(total / 60);
  if (minutes < 60) return fill(_("%(n)d min"), { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    const rest = minutes % 60;
    return rest ? fill(_("%(hours)d h %(minutes)d min"), { hours, minutes: rest }) : fill(_("%(n)d h"), { n: hours });
  }
  const days = Math.round(hours / 24);
  return fill(ngettext("%(n)d day", "%(n)d days", days), { n: days });
}

/** A timer: 4:05, -0:12, 1:02:00. */
export function formatClock(seconds) {
  const sign = seconds < 0 ? "-" : "";
  const n = Math.abs(Math.trunc(seconds));
  const two = (x) => String(x).padStart(2, "0");
  const h = Math.floor(n / 3600);
  return sign + (h ? `${h}:${two(Math.floor(n / 60) % 60)}` : Math.floor(n / 60)) + `:${two(n % 60)}`;
}

/** "3 minutes ago", "in 2 days". */
export function formatRelative(date, now = new Date()) {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const s = (date - now) / 1000;
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(s) >= size) return words.format(Math.round(s / size), unit);
  }
  return _("just now");
}

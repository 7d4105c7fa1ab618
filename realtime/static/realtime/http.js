/* Writing goes over HTTP. A refusal is an error with the server's own sentence. */

import { csrf } from "../hub/hub.js";
import { _ } from "../hub/format.js";

/** A refusal (4xx) or a failure that may pass (`retry`: network, 429, 5xx). */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail || _("That did not work. Please try again."));
    this.status = status;
    this.code = problem?.code ?? "";
    this.retry = status === 0 || status === 408 || status === 429 || status >= 500;
  }
}

const asked = new WeakMap();

/** When an answer was asked for (`performance.now()`): what the feed told since may be newer. */
export const askedAt = (answer) => asked.get(answer) ?? Infinity;

/** JSON in, JSON out. Raises `Refused`. */
export async function send(method, path, body) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrf() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const begun = performance.now();
  let response, text;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(15_000),
    });
    text = await response.text(); // an answer may be cut in the middle
  } catch {
    throw new Refused(0, { detail: _("No connection. It will be sent when you are back.") });
  }
  if (response.status === 204) return null;
  let data = null;
  try { data = JSON.parse(text); } catch { /* not ours: a proxy's page */ }
  if (response.ok && data !== null) {
    if (typeof data === "object") asked.set(data, begun);
    return data;
  }
  throw new Refused(response.ok ? 502 : response.status, data);
}

export const api = (path) => `/api/v1${path}`;

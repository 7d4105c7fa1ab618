/* One file on its way: tus with pause, resume, cancel; goes on by itself after a dropped line. */

import { csrf, formatSize, formatSpan } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";
import { hashOf } from "./sha256.js";

const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 15_000, 20_000];
const CHUNK_MIN = 512 * 1024;
const CHUNK_SECONDS = 3; // a chunk should take about so long, so that little is lost with the line
const AGAIN_MS = 15_000;
const BUSY = 423;
const TRY_LATER = [408, 409, 423, 425, 429, 500, 502, 503, 504];

/** The same file into the same slot has the same fingerprint: that is how a reload finds it again. */
const fingerprint = (slot) => (file) =>
  Promise.resolve(["lihui", slot.meeting, slot.township, slot.kind, file.name, file.size, file.lastModified].join("/"));

/** The server's own sentence where it gave one. */
function sentenceOf(error) {
  const response = error.originalResponse;
  if (!response) return _("The connection was lost. Sending goes on by itself when it is back.");
  try {
    const problem = JSON.parse(response.getBody());
    if (problem.detail) return problem.detail;
  } catch { /* a proxy's page */ }
  if (response.getStatus() === 413) return _("The file is too large.");
  return _("The server did not accept the file. Please try again.");
}

/** The stable code of the server's refusal, "" without one. */
function codeOf(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).code ?? "";
  } catch {
    return "";
  }
}

export class Sending {
  #upload;
  #seen = []; // [time, bytes] of the last seconds
  #timer = 0;

  /** `slot` = {endpoint, meeting, township, kind, chunk}; `mark` is the file's fingerprint;
   * `report(sending)` is called on every change, `done(sending)` once at its end. */
  constructor(file, slot, mark, report, done) {
    Object.assign(this, { file, slot, report, done });
    this.state = "queued";
    this.code = "";
    this.proof = "";
    this.sent = 0;
    this.message = "";
    this.#upload = new window.tus.Upload(file, {
      endpoint: slot.endpoint,
      chunkSize: Math.min(slot.chunk, 2 * 1024 * 1024),
      retryDelays: RETRY_MS,
      removeFingerprintOnSuccess: true,
      fingerprint: fingerprint(slot),
      metadata: { filename: file.name, meeting: slot.meeting, kind: slot.kind, township: slot.township, fingerprint: mark },
      onBeforeRequest: (request) => {
        request.setHeader("X-CSRFToken", csrf());
        request.setHeader("Accept", "application/json");
        this.chunkStart = performance.now();
      },
      onShouldRetry: (error) => !error.originalResponse || TRY_LATER.includes(error.originalResponse.getStatus()),
      onProgress: (sent) => this.#progress(sent),
      onChunkComplete: (size) => this.#adapt(size),
      onSuccess: (payload) => this.#arrived(payload?.lastResponse),
      onError: (error) => this.#failed(error),
    });
    this.wake = () => this.state === "waiting" && this.resume();
    addEventListener("online", this.wake);
  }

  /** Begin, or go on where an earlier attempt of the same file stopped; `from` is the address of an
   * upload of the same file that somebody else began. */
  async start(from = "") {
    this.#set("sending");
    this.own = hashOf(this.file, () => this.state !== "cancelled").catch(() => "");
    if (from) {
      this.#upload.resumeFromPreviousUpload({ uploadUrl: from });
      this.#upload.start();
      return;
    }
    const earlier = await this.#upload.findPreviousUploads();
    this.resumed = earlier.length > 0;
    if (this.resumed) this.#upload.resumeFromPreviousUpload(earlier.at(-1));
    this.#upload.start();
  }

  /** The id of the upload on the server, "" while there is none. */
  get id() {
    return this.#upload.url?.split("/").at(-1) ?? "";
  }

  pause() {
    if (this.state !== "sending" && this.state !== "waiting") return;
    clearTimeout(this.#timer);
    this.#upload.abort();
    this.#set("paused");
  }

  resume() {
    clearTimeout(this.#timer);
    this.#seen = [];
    this.#set("sending");
    this.#upload.start();
  }

  async cancel() {
    clearTimeout(this.#timer);
    removeEventListener("online", this.wake);
    const begun = Boolean(this.#upload.url);
    await this.#upload.abort(begun).catch(() => {});
    this.state = "cancelled";
  }

  /** Bytes a second over the last seconds, 0 while unknown. */
  get speed() {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    return this.#seen.length > 1 && last[0] > first[0] ? ((last[1] - first[1]) * 1000) / (last[0] - first[0]) : 0;
  }

  get detail() {
    if (this.message) return this.message;
    const parts = [`${formatSize(this.sent)} / ${formatSize(this.file.size)}`];
    if (this.state === "sending" && this.speed > 0) {
      parts.push(`${formatSize(this.speed)}/s`);
      parts.push(fill(_("%(time)s left"), { time: formatSpan((this.file.size - this.sent) / this.speed) }));
    }
    return parts.join(" · ");
  }

  #progress(sent) {
    const now = performance.now();
    this.sent = sent;
    this.#seen.push([now, sent]);
    while (this.#seen.length > 2 && now - this.#seen[0][0] > 6000) this.#seen.shift();
    if (this.state === "waiting") this.state = "sending";
    this.message = "";
    this.report(this);
  }

  #adapt(size) {
    const seconds = Math.max(0.05, (performance.now() - this.chunkStart) / 1000);
    const wanted = (size / seconds) * CHUNK_SECONDS;
    this.#upload.options.chunkSize = Math.round(Math.min(this.slot.chunk, Math.max(CHUNK_MIN, wanted)));
  }

  #failed(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    this.message = sentenceOf(error);
    this.code = codeOf(error);
    if (status === 0 || status === BUSY || status >= 502) {
      this.#set("waiting");
      this.#timer = setTimeout(this.wake, AGAIN_MS);
    } else {
      this.#set("error");
    }
  }

  /** Every byte is there. The server's SHA-256 of the whole file is compared with our own. */
  async #arrived(response) {
    removeEventListener("online", this.wake);
    this.sent = this.file.size;
    this.sha256 = response?.getHeader("Lihui-SHA256") ?? "";
    this.#set("done");
    this.done(this);
    const own = this.sha256 && (await this.own);
    if (!own) return;
    this.proof = own === this.sha256 ? "same" : "different";
    if (this.proof === "different") {
      this.message = _("What arrived is not the file on this computer: it was changed meanwhile. Please send it again.");
      this.state = "error";
    }
    this.report(this);
  }

  #set(state) {
    this.state = state;
    if (state !== "error" && state !== "waiting") this.message = "";
    this.report(this);
  }
}

/** What this browser began sending into this slot and did not finish: [{name, size, created}]. */
export async function unfinished(slot) {
  const storage = window.tus.defaultOptions.urlStorage;
  const all = storage ? await storage.findAllUploads() : [];
  const here = (entry) => entry.metadata?.meeting === slot.meeting && entry.metadata?.kind === slot.kind && entry.metadata?.township === slot.township;
  const fresh = (entry) => Date.now() - new Date(entry.creationTime) < 72 * 3600 * 1000;
  return all.filter((entry) => here(entry) && fresh(entry)).map((entry) => ({ name: entry.metadata.filename, size: entry.size, key: entry.urlStorageKey, url: entry.uploadUrl }));
}

/* SHA-256 in pieces. The browser's own needs the whole file in memory, and https, which a county's intranet may not have. */

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  const root = (n, power) => Math.floor((n ** power % 1) * 2 ** 32);
  let [found, n] = [0, 2];
  while (found < 64) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) { prime = false; break; }
    if (prime) {
      if (found < 8) START[found] = root(n, 1 / 2);
      K[found] = root(n, 1 / 3);
      found += 1;
    }
    n += 1;
  }
}

export class Sha256 {
  #state = START.slice();
  #words = new Uint32Array(64);
  #rest = new Uint8Array(64);
  #filled = 0;
  #length = 0;

  update(bytes) {
    this.#length += bytes.length;
    let at = 0;
    if (this.#filled) {
      const taken = Math.min(64 - this.#filled, bytes.length);
      this.#rest.set(bytes.subarray(0, taken), this.#filled);
      this.#filled += taken;
      at = taken;
      if (this.#filled < 64) return this;
      this.#block(this.#rest, 0);
      this.#filled = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.#block(bytes, at);
    this.#rest.set(bytes.subarray(at));
    this.#filled = bytes.length - at;
    return this;
  }

  hex() {
    const end = new Uint8Array(this.#filled < 56 ? 64 : 128);
    end.set(this.#rest.subarray(0, this.#filled));
    end[this.#filled] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(this.#length / 2 ** 29));
    view.setUint32(end.length - 4, (this.#length << 3) >>> 0);
    for (let at = 0; at < end.length; at += 64) this.#block(end, at);
    return [...this.#state].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  #block(bytes, at) {
    const w = this.#words;
    for (let i = 0; i < 16; i += 1, at += 4) w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let i = 16; i < 64; i += 1) {
      const [p, q] = [w[i - 15], w[i - 2]];
      const s0 = ((p >>> 7) | (p << 25)) ^ ((p >>> 18) | (p << 14)) ^ (p >>> 3);
      const s1 = ((q >>> 17) | (q << 15)) ^ ((q >>> 19) | (q << 13)) ^ (q >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    const s = this.#state;
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
  }
}

const PIECE = 256 * 1024;
const WHOLE = 64 * 1024 * 1024;
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

/** The SHA-256 of a whole file, a piece at a time; `go()` may say false to stop (then ""). */
export async function hashOf(file, go = () => true) {
  if (globalThis.crypto?.subtle && file.size <= WHOLE) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    if (!go()) return "";
    hash.update(await bytesOf(file.slice(at, at + PIECE)));
  }
  return hash.hex();
}

/** Tells one file from another by its size, its ends and samples between: quick for any size. The end of an
 * Office file lists the checksums of all its parts, so any change shows. */
export async function fingerprintOf(file) {
  const hash = new Sha256();
  hash.update(new TextEncoder().encode(`${file.size}/`));
  hash.update(await bytesOf(file.slice(0, 64 * 1024)));
  hash.update(await bytesOf(file.slice(Math.max(0, file.size - 256 * 1024))));
  for (let n = 1; n < 32; n += 1) {
    const at = Math.floor((file.size / 32) * n);
    hash.update(await bytesOf(file.slice(at, at + 4096)));
  }
  return hash.hex();
}

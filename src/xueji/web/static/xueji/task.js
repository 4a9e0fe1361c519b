// The small task before a look-up beyond the limits: find a number whose SHA-256 begins with enough zeros, then ask again.
// Without this script the page says how long to wait; nothing else is lost.
"use strict";
(() => {
  const form = document.querySelector("[data-task]");
  if (!form) return;
  const K = new Uint32Array(64), START = new Uint32Array(8);
  { // The constants are the first bits of the roots of the first primes.
    const part = (x) => Math.floor((x - Math.floor(x)) * 4294967296) >>> 0;
    for (let n = 2, found = 0; found < 64; n++) {
      let prime = true;
      for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
      if (!prime) continue;
      if (found < 8) START[found] = part(Math.sqrt(n));
      K[found++] = part(Math.cbrt(n));
    }
  }
  const w = new Uint32Array(64);
  // The first word of the hash of one block: a text of at most 55 characters of ASCII.
  const firstWord = (text) => {
    w.fill(0, 0, 16);
    const n = text.length;
    for (let i = 0; i < n; i++) w[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    w[n >> 2] |= 0x80 << (24 - 8 * (n & 3));
    w[15] = n * 8;
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = START[0], b = START[1], c = START[2], d = START[3], e = START[4], f = START[5], g = START[6], h = START[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    return (START[0] + a) >>> 0;
  };

  const head = `${form.dataset.challenge}:`, bits = Number(form.dataset.bits);
  const bar = form.querySelector("progress"), button = form.querySelector("button");
  form.querySelectorAll("[data-with-script]").forEach((node) => { node.hidden = false; });
  form.querySelectorAll("[data-without-script]").forEach((node) => { node.hidden = true; });
  button.disabled = true;
  let tried = 0;
  const work = () => {
    const until = performance.now() + 40;
    while (performance.now() < until) {
      for (const end = tried + 200; tried < end; tried++) {
        if (firstWord(head + tried) >>> (32 - bits) !== 0) continue;
        form.querySelector("[name=solution]").value = String(tried);
        button.disabled = false;
        form.submit();
        return;
      }
    }
    bar.value = 1 - Math.exp(-tried / 2 ** bits);
    setTimeout(work, 0);
  };
  work();
})();

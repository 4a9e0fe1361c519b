// The scan field: a hand scanner types a serial and Enter. A match is told by colour and a high tone, a miss by red and a low one.
"use strict";
(() => {
  const box = document.querySelector("[data-blank-scan]");
  if (!box) return;
  const field = box.querySelector("[data-scan-field]");
  const said = box.querySelector("[data-scan-said]");
  const counter = box.querySelector("[data-scan-count]");
  const form = box.closest("form");
  const list = form.querySelector("[data-scan-list]");
  const { prefix, width } = box.dataset;
  const plain = (text) => text.normalize("NFKC").trim().toUpperCase().replace(/^\][A-Z][0-9A-Z]/, "");
  // «A0000001» or «A0000001—A0000009» as [first, last]; null when it is neither.
  const read = (text) => {
    const ends = plain(text).split(/\s*[-‐‑‒–—―−~～至]+\s*/);
    const numbers = ends.map((end) => {
      const digits = end.startsWith(prefix.toUpperCase()) ? end.slice(prefix.length) : end;
      return digits.length === Number(width) && /^[0-9]+$/.test(digits) ? Number(digits) : NaN;
    });
    const [first, last = first] = numbers;
    return ends.length <= 2 && first > 0 && last >= first ? [first, last] : null;
  };
  const parts = (text) => text.split(/[\s,，、;；。]+/).filter(Boolean).map(read).filter(Boolean);
  const expected = parts(box.dataset.expected || "");
  const show = ([first, last]) => [first, last].filter((n, at) => !at || n !== first).map((n) => prefix + String(n).padStart(width, "0")).join("—");
  const count = () => { counter.textContent = parts(list.value).reduce((sum, [first, last]) => sum + last - first + 1, 0); };

  const tell = (good, text) => {
    box.classList.toggle("is-good", good);
    box.classList.toggle("is-bad", !good);
    said.textContent = text;
    window.xueji.tone(good);
  };
  // Why a range does not fit: the first serial of it that does not, and the reason.
  const misfit = ([first, last]) => {
    const twice = parts(list.value).find(([a, b]) => first <= b && a <= last);
    if (twice) return `${show([Math.max(first, twice[0]), Math.max(first, twice[0])])} 已在下面，重复`;
    if (!expected.length) return "";
    let at = first;
    for (const [a, b] of expected) if (a <= at && at <= b) at = b + 1;
    return at > last ? "" : `${show([at, at])} 不在可办理的流水码之内`;
  };
  const take = () => {
    const range = read(field.value);
    const why = range ? misfit(range) : `读不懂「${field.value.trim()}」：应为 ${prefix} 加 ${width} 位数字`;
    if (why) { tell(false, `✗ ${why}`); field.select(); return; }
    list.value += `${list.value && !list.value.endsWith("\n") ? "\n" : ""}${show(range)}\n`;
    field.value = "";
    tell(true, `✓ ${show(range)}`);
    count();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (field.value.trim()) take();
    else form.querySelector("button[type=submit]")?.focus();
  });
  list.addEventListener("input", count);
  count();
})();

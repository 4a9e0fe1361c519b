// The press: compare what was counted with range and register while it is typed.
"use strict";
(() => {
  const box = document.querySelector("[data-balance]");
  const typed = document.querySelector("[name=diplomas_counted]");
  if (!box || !typed) return;
  const show = () => {
    const counted = box.querySelector("[data-counted]");
    const sign = box.querySelector("[data-equal]");
    const given = typed.value.trim();
    counted.textContent = given || "—";
    const same = given !== "" && Number(given) === Number(box.dataset.range);
    sign.textContent = given === "" ? "?" : same ? "=" : "≠";
    sign.className = `eq ${given === "" ? "" : same ? "yes" : "no"}`;
  };
  typed.addEventListener("input", show);
  show();
})();

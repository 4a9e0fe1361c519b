// A hand scanner is a keyboard that ends with Enter: keep its field ready, say by colour and sound whether it fitted.
"use strict";
(() => {
  const fields = [...document.querySelectorAll("[data-scan]")];
  if (!fields.length) return;
  const wrong = document.querySelector(".refusals, .field.has-errors, .alert.bad[role=alert]");
  const right = document.querySelector(".alert.success");
  if (wrong || right) window.xueji.tone(!wrong);
  const first = fields.find((field) => field.closest(".field")?.classList.contains("has-errors")) ?? fields[0];
  if (first.nodeName === "INPUT") { first.focus(); first.select(); }
})();

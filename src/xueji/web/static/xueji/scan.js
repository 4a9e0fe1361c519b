// A hand scanner is a keyboard that ends with Enter: keep its field ready, say by colour and sound whether it fitted.
"use strict";
(() => {
  const fields = [...document.querySelectorAll("[data-scan]")];
  if (!fields.length) return;
  const wrong = document.querySelector(".refusals, .field.has-errors, .alert.bad[role=alert]");
  const right = document.querySelector(".alert.success");
  const beep = (pitch, seconds) => {
    const Sound = window.AudioContext;
    if (!Sound) return;
    const sound = new Sound();
    const tone = sound.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + seconds);
  };
  if (wrong) beep(220, 0.4);
  else if (right) beep(880, 0.08);
  const first = fields.find((field) => field.closest(".field")?.classList.contains("has-errors")) ?? fields[0];
  if (first.nodeName === "INPUT") { first.focus(); first.select(); }
})();

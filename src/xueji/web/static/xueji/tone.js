// What a hand scanner's user hears without looking: high and short when it fitted, low and long when it did not.
"use strict";
window.xueji = { ...window.xueji, tone: (() => {
  let audio = null;
  return (good) => {
    const Context = window.AudioContext;
    if (!Context) return;
    audio ??= new Context();
    const sound = audio.createOscillator();
    const loud = audio.createGain();
    sound.type = good ? "sine" : "square";
    sound.frequency.value = good ? 1320 : 180;
    loud.gain.value = good ? 0.12 : 0.2;
    sound.connect(loud).connect(audio.destination);
    sound.start();
    sound.stop(audio.currentTime + (good ? 0.08 : 0.4));
  };
})() };

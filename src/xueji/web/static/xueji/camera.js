// Pictures are shrunk on the phone before they travel; a signature is drawn on the screen. Without it both still work: the server
// shrinks, and a signed paper is photographed.
"use strict";
(() => {
  const LONG_SIDE = 2400;
  const SMALL = 900000; // bytes: not worth the work

  const shrunk = async (file) => {
    if (file.size < SMALL || !/^image\/(jpeg|png)$/.test(file.type)) return file;
    const image = await createImageBitmap(file);
    const scale = Math.min(1, LONG_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file;
  };

  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (!input.matches("[data-picture]") || !input.files.length || input.dataset.made) return;
    const form = input.form;
    const note = form.querySelector("[data-picture-note]");
    note.hidden = false;
    note.textContent = "正在处理图片…";
    try {
      const files = new DataTransfer();
      for (const file of input.files) files.items.add(await shrunk(file));
      input.files = files.files;
    } catch (error) {
      console.warn("sent as it is", error); // the server shrinks it, or says in words why not
    }
    const bytes = [...input.files].reduce((sum, file) => sum + file.size, 0);
    note.textContent = `已选 ${input.files.length} 张，共 ${(bytes / 1048576).toFixed(1)} MB，请按“上传”`;
  });

  const signing = document.querySelector("[data-signing]");
  if (!signing) return;
  const canvas = signing.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let isDrawn = false;
  let last = null;
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    isDrawn = false;
  };
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  clear();
  pen.lineWidth = 6;
  pen.lineCap = "round";
  canvas.addEventListener("pointerdown", (event) => { last = spot(event); canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = spot(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
    isDrawn = true;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { last = null; });
  signing.querySelector("[data-clear]").addEventListener("click", clear);
  signing.addEventListener("submit", () => {
    signing.elements.drawing.value = isDrawn ? canvas.toDataURL("image/png") : "";
  }, true);
})();

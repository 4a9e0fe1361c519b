// 学籍: the little that pages do by themselves. Everything works without it but the menu drawer and the dialogs.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Menu drawer on phones.
  const drawer = (open) => {
    const side = one("#side");
    if (!side) return;
    side.classList.toggle("open", open);
    one("#veil").hidden = !open;
    one("[data-drawer]").setAttribute("aria-expanded", String(open));
    if (open) one("a", side)?.focus();
  };

  // Counts and row tints of a table with check boxes.
  const recount = (table) => {
    const boxes = all("tbody input[type=checkbox]", table);
    const ticked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").classList.toggle("selected", box.checked));
    const head = one("[data-select-all]", table);
    if (head) {
      head.checked = boxes.length > 0 && ticked.length === boxes.length;
      head.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    }
    const scope = table.closest("form") ?? document;
    all("[data-selected-count]", scope).forEach((node) => { node.textContent = ticked.length; });
    all("[data-needs-selection]", scope).forEach((node) => { node.disabled = ticked.length === 0; });
  };

  const showFile = (input) => {
    const zone = input.closest(".drop");
    if (!zone) return;
    const file = input.files[0];
    zone.classList.toggle("filled", Boolean(file));
    const name = one(".drop-name", zone);
    const megabytes = file ? (file.size / 1048576).toFixed(1) : "";
    const size = file && file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${megabytes} MB`;
    name.textContent = file ? `${file.name}（${size}）` : "";
    const limit = Number(input.dataset.maxBytes || 0);
    input.setCustomValidity(file && limit && file.size > limit ? `文件 ${megabytes} MB，超过上限 ${limit / 1048576} MB` : "");
    input.reportValidity();
  };

  // Live totals: [data-sum="planned"] shows the sum of inputs [data-adds-to="planned"].
  const totals = () => all("[data-sum]").forEach((cell) => {
    cell.textContent = all(`[data-adds-to="${cell.dataset.sum}"]`).reduce((sum, input) => sum + (Number(input.value) || 0), 0);
  });

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-drawer]")) drawer(!one("#side").classList.contains("open"));
    else if (event.target.id === "veil") drawer(false);
    else if (hit("[data-open]")) one(`#${hit("[data-open]").dataset.open}`)?.showModal();
    else if (hit("[data-close]")) hit("dialog")?.close();
    else if (event.target.nodeName === "DIALOG") event.target.close(); // a click on the backdrop
    else if (hit("[data-print]")) window.print();
  });

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-select-all]")) {
      all("tbody input[type=checkbox]", target.closest("table")).forEach((box) => { box.checked = target.checked; });
    }
    const table = target.matches("input[type=checkbox]") && target.closest("table");
    if (table) recount(table);
    if (target.matches("input[type=file]")) showFile(target);
    if (target.matches("[data-submits]")) target.form.requestSubmit();
  });
  document.addEventListener("input", (event) => { if (event.target.matches("[data-adds-to]")) totals(); });

  // What a question says of the rows ticked: {ticked} and {rest} are counts, {names} the names in the rows. A question
  // that differs when rows are ticked stands in data-confirm-ticked; data-counts names the boxes, data-total all of them.
  const MOST_NAMES = 20;
  const worded = (form, submitter) => {
    const said = { ...form.dataset, ...submitter?.dataset };
    const boxes = all(`input[type=checkbox][name="${said.counts ?? "ids"}"]:checked`, form);
    const names = boxes.map((box) => one("[data-label=姓名]", box.closest("tr"))?.textContent.trim() ?? box.ariaLabel ?? "");
    const shown = names.slice(0, MOST_NAMES).join("、") + (names.length > MOST_NAMES ? ` 等 ${names.length} 人` : "");
    return ((boxes.length && said.confirmTicked) || said.confirm || "")
      .replaceAll("{ticked}", boxes.length)
      .replaceAll("{rest}", Number(said.total ?? 0) - boxes.length)
      .replaceAll("{names}", shown)
      .replace(/\{field:([\w-]+)\}/g, (_, name) => form.elements[name]?.value.trim() || "（未填写）");
  };

  // A form that must be confirmed asks once, in a dialog of ours; a form is sent once.
  const make = (name, classes, text) => {
    const node = document.createElement(name);
    node.className = classes;
    node.textContent = text;
    return node;
  };
  const ask = (question, form, submitter) => {
    const dialog = document.createElement("dialog");
    const foot = make("div", "dialog-foot", "");
    const no = make("button", "button", "取消");
    const danger = submitter?.classList.contains("danger");
    const yes = make("button", danger ? "button danger" : "button primary", "确定");
    foot.append(no, yes);
    dialog.append(make("div", "dialog-body question", question), foot);
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      form.dataset.confirmed = "1";
      dialog.close();
      form.requestSubmit(submitter);
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = worded(form, event.submitter);
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      ask(question, form, event.submitter);
      return;
    }
    delete form.dataset.confirmed;
    if (form.method === "post" && !form.dataset.repeat) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
    }
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => event.target.closest?.(".drop")?.classList.toggle("over", kind === "dragover"));
  }

  // Keys: «/» to the search field, j and k through the rows, Enter opens.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") drawer(false);
    if (event.key === "Enter" && event.target.matches("dialog input")) { // in a dialog Enter is that dialog's own button
      event.preventDefault();
      one("button[type=submit]", event.target.closest("dialog"))?.click();
      return;
    }
    if (event.target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const field = one("[data-search], input[type=search], input[name=q]");
      if (field) { event.preventDefault(); field.focus(); }
    } else if (event.key === "j" || event.key === "k") {
      const links = all("tbody a[data-row]");
      const at = links.indexOf(document.activeElement);
      links[Math.max(0, Math.min(links.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
    }
  });

  // A refused form comes back as it was sent: its dialog opens again, with the refusal in it.
  const reopen = (dialog) => {
    const refusal = one("[data-refusal]");
    if (refusal) one(".dialog-body", dialog)?.prepend(refusal.cloneNode(true));
    dialog.showModal();
  };

  // A field that applies only by what another says is hidden and not sent while it does not.
  const applies = () => all("[data-asked-by]").forEach((place) => {
    const asking = document.getElementsByName(place.dataset.askedBy)[0];
    const idle = place.dataset.notWith.split("|").includes(asking?.value ?? "");
    place.hidden = idle;
    all("input, select, textarea", place).forEach((field) => { field.disabled = idle; });
  });
  document.addEventListener("input", (event) => { if (event.target.closest("form")) applies(); });

  // The head of a table stays in sight while its rows scroll by: where all columns fit, since a table that scrolls
  // sideways scrolls by itself.
  const fit = () => all(".table-wrap").forEach((wrap) => {
    wrap.classList.remove("fits");
    const inner = wrap.closest(".tall, dialog");
    wrap.classList.toggle("fits", !inner && one("thead", wrap) !== null && wrap.scrollWidth <= wrap.clientWidth);
  });
  window.addEventListener("resize", fit);

  const start = () => { applies(); all("dialog[data-reopen]").forEach(reopen); all("table").forEach((table) => { if (one("[data-select-all]", table)) recount(table); }); totals(); fit(); };
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
  // An error page answered to htmx is shown where the answer would have gone.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status >= 400) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
})();

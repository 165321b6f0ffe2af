// Forms that are entered from paper (a visit, an EOB): everything by keyboard, findings while one types,
// nothing lost. The page works without it, as a form.
// The form says where its draft is kept (data-draft), where it is looked at (data-check), and which button
// does it (data-main).
"use strict";
(() => {
  const upload = document.querySelector("form[data-upload]");
  upload?.addEventListener("submit", async event => {
    event.preventDefault();
    const file = upload.querySelector("input[type=file]").files[0];
    const report = upload.querySelector("[data-report]");
    const mode = event.submitter?.value ?? "dry";
    const query = new URLSearchParams({ mode, mapping: upload.querySelector("select").value });
    report.textContent = "Reading …";
    const answer = await fetch(`${upload.dataset.upload}?${query}`, {
      method: "POST",
      headers: { Accept: "text/html", "X-CSRF-Token": upload.elements.csrf.value, "Content-Type": "application/octet-stream" },
      body: file,
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    report.replaceChildren(...(answer.ok ? page.body : page.querySelector("main") ?? page.body).childNodes);
  });

  const form = document.querySelector("form[data-entry]");
  if (!form) return;
  const csrf = form.elements.csrf.value;
  const aside = document.getElementById("findings");
  const status = document.getElementById("saved");
  const body = form.querySelector("[data-lines] tbody");
  const lines = () => [...body.rows];
  const page = form.getAttribute("action");
  const at = name => form.querySelector(`[data-field="${CSS.escape(name)}"]`);
  const typed = () => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "action"));
  const send = (path, more) => fetch(path, {
    method: "POST",
    headers: { "X-CSRF-Token": csrf, "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html, application/json" },
    body: typed(),
    ...more,
  });

  // Findings: the newest question wins.
  let asking;
  const look = async () => {
    if (!form.dataset.check) return;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await send(form.dataset.check, { signal: asking.signal });
      if (!answer.ok) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      aside.replaceChildren(...part.body.childNodes);
      mark();
    } catch (fault) {
      if (fault.name !== "AbortError") throw fault;
    }
  };
  const mark = () => {
    if (!form.dataset.check) return;
    form.querySelectorAll("[aria-invalid]").forEach(field => field.removeAttribute("aria-invalid"));
    aside.querySelectorAll("[data-field]").forEach(found => {
      const field = at(found.dataset.field);
      if (field && field !== document.activeElement) field.setAttribute("aria-invalid", "true");
    });
    const facts = new Map([...aside.querySelectorAll("[data-facts] li")].map(li => [li.dataset.for, li.textContent]));
    form.querySelectorAll("[data-fact]").forEach(place => {
      const fact = facts.get(place.dataset.fact) ?? "";
      if (place.textContent !== fact) place.textContent = fact;
      place.title = fact;
    });
  };

  // Drafts: saved on the server as one types; what could not be saved is tried again.
  // A page that is loaded again is the draft: it sends nothing twice.
  const here = () => {
    const draft = `?draft=${form.elements.draft.value}`;
    if (location.search !== draft) history.replaceState(null, "", page + draft);
  };
  let unsaved = false;
  let saving;
  let leaving = false;
  const save = async more => {
    clearTimeout(saving);
    if (!unsaved || leaving) return;
    unsaved = false;
    try {
      const answer = await send(form.dataset.draft, more);
      if (!answer.ok) throw new Error(String(answer.status));
      status.textContent = `Saved ${(await answer.json()).saved}`;
      here();
    } catch {
      unsaved = true;
      status.textContent = "Not saved yet: keep this page open";
      saving = setTimeout(save, 5000);
    }
  };
  let soon;
  const changed = () => {
    unsaved = true;
    clearTimeout(soon);
    soon = setTimeout(look, 40);
    clearTimeout(saving);
    saving = setTimeout(save, 800);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("pagehide", () => save({ keepalive: true }));
  document.addEventListener("visibilitychange", () => { if (document.hidden) save({ keepalive: true }); });
  addEventListener("beforeunload", event => { if (unsaved && !leaving) { save({ keepalive: true }); event.preventDefault(); } });
  form.addEventListener("submit", () => { leaving = true; clearTimeout(saving); });

  // Lines.
  const rename = () => lines().forEach((row, n) => {
    row.cells[0].textContent = n + 1;
    row.querySelectorAll("[data-field]").forEach(field => {
      field.dataset.field = `lines.${n}.${field.name}`;
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/^Line \d+/, `Line ${n + 1}`));
    });
    row.querySelectorAll("[data-fact]").forEach(place => {
      place.dataset.fact = place.dataset.fact.replace(/^lines\.\d+/, `lines.${n}`);
    });
  });
  const values = row => [...row.querySelectorAll("input")];
  const isEmpty = row => values(row).every(field => field.name === "date" || !field.value.trim());
  const addAfter = row => {
    const fresh = body.rows[0].cloneNode(true);
    values(fresh).forEach(field => { field.value = ""; field.removeAttribute("value"); field.removeAttribute("aria-invalid"); });
    fresh.querySelectorAll("[data-fact]").forEach(place => { place.textContent = ""; });
    row.after(fresh);
    rename();
    return fresh;
  };
  const day = row => {
    const field = row.querySelector("[name=date]");
    if (field.value) return;
    const above = row.previousElementSibling?.querySelector("[name=date]")?.value;
    field.value = above || form.elements.service_date.value;
  };
  form.addEventListener("focusin", event => {
    const row = event.target.closest("[data-lines] tbody tr");
    if (row && event.target.name !== "date" && event.target.matches("input")) day(row);
  });
  // 3/2/26 and 3/2 are days, too.
  form.addEventListener("focusout", event => {
    if (event.target.matches?.("[data-day]")) {
      const parts = event.target.value.trim().match(/^(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{2}|\d{4}))?$/);
      if (parts) {
        const year = parts[3] ?? String(new Date().getFullYear());
        const whole = `${parts[1].padStart(2, "0")}/${parts[2].padStart(2, "0")}/${year.length === 2 ? "20" + year : year}`;
        if (whole !== event.target.value) { event.target.value = whole; changed(); }
      }
    }
    if (event.target.matches?.("input, select")) setTimeout(mark, 0);
  });

  // Type-ahead: one list, below the field that has the focus.
  const list = document.createElement("ul");
  list.className = "ahead";
  list.id = "ahead";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  document.body.append(list);
  let owner;
  let finding;
  const close = () => {
    list.hidden = true;
    owner?.setAttribute("aria-expanded", "false");
    owner?.removeAttribute("aria-activedescendant");
    owner = undefined;
  };
  const iso = () => {
    if (form.elements.paid_on) return form.elements.paid_on.value;
    const parts = form.elements.service_date.value.match(/^(\d{2})\/(\d{2})\/(\d{4})$/);
    return parts ? `${parts[3]}-${parts[1]}-${parts[2]}` : "";
  };
  const find = async (kind, text, signal) => {
    if (kind.startsWith("/")) {
      const answer = await fetch(kind, {
        method: "POST",
        headers: { "X-CSRF-Token": csrf, "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ q: text }),
        signal,
      });
      return answer.ok ? answer.json() : [];
    }
    const query = new URLSearchParams({ q: text, on: iso(), limit: "40" });
    if (kind !== "procedure") query.set("table", kind);
    const answer = await fetch(`/api/v1/codes?${query}`, { signal });
    if (!answer.ok) return [];
    const { items } = await answer.json();
    return kind === "procedure" ? items.filter(item => item.table === "cpt" || item.table === "hcpcs") : items;
  };
  const choose = n => {
    const all = [...list.children];
    all.forEach((option, k) => option.setAttribute("aria-selected", String(k === n)));
    all[n]?.scrollIntoView({ block: "nearest" });
    if (all[n]) owner.setAttribute("aria-activedescendant", all[n].id);
  };
  const chosen = () => [...list.children].findIndex(option => option.getAttribute("aria-selected") === "true");
  // What is looked for: the whole field, but of a list of codes the word before the caret. A reason stands
  // behind its group: CO-45.
  const isList = field => field.dataset.find === "carc" || field.dataset.find === "rarc";
  const wordOf = field => {
    if (!isList(field)) return { from: 0, until: field.value.length, text: field.value.trim() };
    const until = field.selectionStart ?? field.value.length;
    const before = field.value.slice(0, until);
    const word = before.match(field.dataset.find === "carc" ? /(?:^|[\s,;])[A-Za-z]{2}(?:-([A-Za-z0-9]+)|(\d{1,3}))$/ : /(?:^|[\s,;])([A-Za-z]+\d*)$/);
    const text = word?.[1] ?? word?.[2] ?? "";
    return { from: until - text.length, until, text };
  };
  const open = async field => {
    finding?.abort();
    const { text } = wordOf(field);
    if (!text) { close(); return; }
    finding = new AbortController();
    let found;
    try { found = (await find(field.dataset.find, text, finding.signal)).slice(0, 12); } catch { return; }
    if (document.activeElement !== field) return;
    // Of a list even the code that is typed whole is shown: for what it means.
    if (!found.length || (!isList(field) && found.length === 1 && found[0].code.toLowerCase() === text.toLowerCase())) { close(); return; }
    owner = field;
    list.replaceChildren(...found.map((item, n) => {
      const option = document.createElement("li");
      option.id = `ahead-${n}`;
      option.setAttribute("role", "option");
      option.dataset.code = item.code;
      const code = document.createElement("b");
      code.textContent = item.code;
      const title = document.createElement("span");
      title.textContent = item.title;
      option.append(code, title);
      if (item.billable === false) option.dataset.tone = "mute";
      return option;
    }));
    const box = field.getBoundingClientRect();
    list.style.left = `${Math.min(box.left, innerWidth - 436) + scrollX}px`;
    list.style.top = `${box.bottom + scrollY + 2}px`;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    choose(-1);
  };
  const take = n => {
    const option = list.children[n];
    if (!option) return false;
    const field = owner;
    const { from, until } = wordOf(field);
    // Behind a reason its amount is typed.
    const rest = field.value.slice(until) || (field.dataset.find === "carc" ? " " : "");
    field.value = field.value.slice(0, from) + option.dataset.code + rest;
    const caret = from + option.dataset.code.length + (field.dataset.find === "carc" ? 1 : 0);
    field.setSelectionRange(caret, caret);
    close();
    changed();
    if (field.dataset.press) form.requestSubmit(form.querySelector(`button[name=act][value=${field.dataset.press}]:not(.sr)`));
    return true;
  };
  form.querySelectorAll("[data-find]").forEach(field => {
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", "ahead");
    field.setAttribute("aria-expanded", "false");
  });
  form.addEventListener("input", event => { if (event.target.dataset?.find) open(event.target); });
  form.addEventListener("focusout", () => setTimeout(() => { if (document.activeElement !== owner) close(); }, 0));
  list.addEventListener("pointerdown", event => {
    event.preventDefault();
    const option = event.target.closest("li");
    if (option) take([...list.children].indexOf(option));
  });

  // Keys.
  const go = name => {
    const field = at(name);
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
    field?.select?.();
  };
  aside.addEventListener("click", event => {
    const button = event.target.closest("[data-go]");
    if (button) go(button.dataset.go);
  });
  const main = () => form.requestSubmit(document.querySelector("button[data-main]"));
  document.addEventListener("keydown", event => {
    const control = event.ctrlKey || event.metaKey;
    const field = event.target;
    const row = field.closest?.("[data-lines] tbody tr");
    if (control && event.key === "Enter") { event.preventDefault(); main(); return; }
    if (control && event.key.toLowerCase() === "s") { event.preventDefault(); unsaved = true; save(); return; }
    if (event.altKey && event.key.toLowerCase() === "m") {
      event.preventDefault();
      const more = document.getElementById("more");
      if (!more) return;
      more.open = !more.open;
      if (more.open) more.querySelector("input")?.focus();
      return;
    }
    if (event.altKey && /^[1-9]$/.test(event.key)) {
      event.preventDefault();
      const found = aside.querySelectorAll(".finding")[Number(event.key) - 1]?.querySelector("[data-go]");
      if (found) go(found.dataset.go);
      return;
    }
    if (event.key === "F2") {
      event.preventDefault();
      const first = aside.querySelector("[data-go]");
      if (first) go(first.dataset.go);
      return;
    }
    if (row && control && event.key.toLowerCase() === "d") {
      event.preventDefault();
      const target = isEmpty(row) && row.previousElementSibling ? row : addAfter(row);
      const from = target.previousElementSibling;
      values(from).forEach(given => { target.querySelector(`[name=${given.name}]`).value = given.value; });
      target.querySelector(`[name=${field.name}]`)?.focus();
      changed();
      return;
    }
    if (row && control && event.key === "Delete") {
      event.preventDefault();
      if (lines().length > 1) {
        const next = row.nextElementSibling ?? row.previousElementSibling;
        row.remove();
        rename();
        next.querySelector("[name=procedure]").focus();
      } else {
        values(row).forEach(given => { given.value = ""; });
      }
      changed();
      return;
    }
    if (!list.hidden && field === owner) {
      const count = list.children.length;
      if (event.key === "ArrowDown") { event.preventDefault(); choose((chosen() + 1) % count); return; }
      if (event.key === "ArrowUp") { event.preventDefault(); choose((chosen() + count - (chosen() < 0 ? 0 : 1)) % count); return; }
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); return; }
      if (event.key === "Enter" || event.key === "Tab") {
        if (chosen() >= 0) {
          take(chosen());
          if (event.key === "Enter") event.preventDefault();
          return;
        }
        close();
      }
    } else if (field.dataset?.find && event.key === "ArrowDown") { event.preventDefault(); open(field); return; }
    if (event.key === "Enter" && field.matches?.("input") && form.contains(field)) {
      event.preventDefault();
      if (row) {
        const next = row.nextElementSibling ?? addAfter(row);
        day(next);
        next.querySelector("[name=procedure]").focus();
      } else {
        if (field.dataset.press) { form.requestSubmit(form.querySelector(`button[name=act][value=${field.dataset.press}]:not(.sr)`)); return; }
        const all = [...form.querySelectorAll("input:not([type=hidden]), select")].filter(one => one.offsetParent);
        all[all.indexOf(field) + 1]?.focus();
      }
    }
  }, true);
  // What the server kept as it answered is kept: the page that it answered with is the draft's.
  if (form.dataset.draft && status.textContent) here();
  mark();
})();

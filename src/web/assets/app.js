// The keyboard, and searches that answer while one types. Every page works without it.
"use strict";
(() => {
  const places = { d: "/", c: "/claims", a: "/patients", r: "/remittances", e: "/exceptions", p: "/provider-adjustments", b: "/deposits", x: "/denials", o: "/codes", n: "/charges/new", u: "/rules", l: "/ledger", y: "/underpayments", h: "/credits", k: "/contracts" };
  let going = false;

  // Nobody has read a page that has just come: a key that was meant for the page before, held or struck
  // twice, does not send a form of this one.
  let settled = false;
  setTimeout(() => { settled = true; document.documentElement.dataset.settled = ""; }, 250);

  const rows = () => [...document.querySelectorAll("[data-rows] [data-href], table[data-rows] tbody tr")];
  const link = row => row.dataset.href || row.querySelector("a[href]")?.getAttribute("href");
  const cursor = () => rows().findIndex(row => row.classList.contains("cursor"));
  const moveTo = at => {
    const all = rows();
    if (!all.length) return;
    const to = Math.min(Math.max(at, 0), all.length - 1);
    all.forEach((row, n) => row.classList.toggle("cursor", n === to));
    all[to].scrollIntoView({ block: "nearest" });
  };

  // A form with data-live shows what it would find in the element of that id.
  let typed;
  document.addEventListener("input", event => {
    const form = event.target.closest?.("form[data-live]");
    if (!form) return;
    clearTimeout(typed);
    typed = setTimeout(async () => {
      const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById(form.dataset.live);
      if (found) document.getElementById(form.dataset.live)?.replaceChildren(...found.childNodes);
      history.replaceState(null, "", address);
    }, 120);
  });

  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      location.assign("/find");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest?.("input, select, textarea, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (going) {
      going = false;
      if (places[key]) { event.preventDefault(); location.assign(places[key]); }
      return;
    }
    switch (key) {
      case "g": going = true; setTimeout(() => { going = false; }, 1500); return;
      case "j": moveTo(cursor() + 1); break;
      case "k": moveTo(cursor() < 0 ? 0 : cursor() - 1); break;
      case "Enter": {
        if (event.target.closest?.("a, button, summary")) return;
        const row = rows()[cursor()];
        const to = row && link(row);
        if (!to) return;
        location.assign(to);
        break;
      }
      case "Escape": {
        const back = document.querySelector(".crumb a[href]");
        if (!back) return;
        location.assign(back.getAttribute("href"));
        break;
      }
      case "/": {
        const search = document.querySelector("input[type=search]");
        if (!search) return;
        search.focus();
        search.select();
        break;
      }
      case "?": document.getElementById("keys")?.showModal(); break;
      default: {
        // 1 to 9: the fixes of the findings, in their order.
        const nth = /^[1-9]$/.test(key) && document.querySelectorAll("[data-fix]")[Number(key) - 1];
        const action = nth || document.querySelector(`[data-key="${CSS.escape(key)}"]`);
        if (!action) return;
        if (!action.matches("button") || (settled && !event.repeat)) action.click();
      }
    }
    event.preventDefault();
  });
})();

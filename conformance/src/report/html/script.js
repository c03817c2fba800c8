// Filters, copies, follows links. Data enters the page as text only, never as markup.
(() => {
  "use strict";
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const search = document.getElementById("page-search");
  const area = document.getElementById("page-area");
  const level = document.getElementById("page-level");
  const shown = document.getElementById("page-shown");
  const reset = document.getElementById("page-reset");
  const form = document.getElementById("page-filters");
  const choices = all(".choice");
  const sections = all("section.area");
  const cases = all("details.case").map((element) => ({ element, words: null }));

  document.documentElement.classList.add("script");

  // What is searched: all of a case but its wire bytes, in which every second word is "host".
  const words = (item) => {
    if (item.words === null) {
      const parts = all("summary .name, dl", item.element);
      item.words = parts.map((part) => part.textContent).join("\n").toLowerCase();
    }
    return item.words;
  };

  const chosen = () => choices
    .filter((choice) => choice.getAttribute("aria-pressed") === "true")
    .map((choice) => choice.dataset.outcome);

  function filter() {
    const outcomes = chosen();
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of cases) {
      const { outcome, area: ofArea, level: ofLevel } = item.element.dataset;
      const fits = (outcomes.length === 0 || outcomes.includes(outcome))
        && (area.value === "" || area.value === ofArea)
        && (level.value === "" || level.value === ofLevel)
        && terms.every((term) => words(item).includes(term));
      item.element.hidden = !fits;
      count += fits ? 1 : 0;
    }
    for (const section of sections) {
      section.hidden = section.querySelector("details.case:not([hidden])") === null;
    }
    const total = cases.length;
    shown.textContent = count === total ? `${total} cases` : `${count} of ${total} cases`;
    reset.hidden = count === total;
  }

  function clear() {
    search.value = "";
    area.value = "";
    level.value = "";
    for (const choice of choices) choice.setAttribute("aria-pressed", "false");
    filter();
  }

  for (const choice of choices) {
    choice.addEventListener("click", () => {
      const pressed = choice.getAttribute("aria-pressed") === "true";
      choice.setAttribute("aria-pressed", String(!pressed));
      filter();
    });
  }
  search.addEventListener("input", filter);
  area.addEventListener("change", filter);
  level.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
    search.focus();
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search && search.value !== "") {
      event.preventDefault();
      search.value = "";
      filter();
    }
  });

  // The address names the case that was opened last; the address of a case opens it.
  const addressOf = (element) => `#${element.querySelector(".body").id}`;

  function named() {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // Not an address of this page, but one that may be typed.
    }
    return id === "" ? null : document.getElementById(id);
  }

  function mark(element) {
    for (const other of all("details.case.linked")) other.classList.remove("linked");
    element?.classList.add("linked");
  }

  function follow() {
    const target = named();
    const opened = target?.closest("details.case") ?? null;
    // Back and forward leave the case that the address named before.
    for (const left of all("details.case.linked")) {
      if (left !== opened) left.open = false;
    }
    mark(opened);
    if (opened) {
      if (opened.hidden) clear();
      opened.open = true;
      opened.scrollIntoView({ block: "start" });
      opened.querySelector("summary").focus({ preventScroll: true });
    } else if (target?.closest("section[hidden]")) {
      clear();
      target.scrollIntoView();
    }
  }
  window.addEventListener("hashchange", follow);
  for (const { element } of cases) {
    element.querySelector("summary").addEventListener("click", () => {
      // The click opens what is closed now, and closes what is open.
      const address = addressOf(element);
      if (!element.open) {
        if (location.hash !== address) history.pushState(null, "", address);
        mark(element);
      } else if (location.hash === address) {
        history.replaceState(null, "", location.pathname + location.search);
        mark(null);
      }
    });
  }

  async function copy(button, text, source) {
    const label = button.dataset.label ?? (button.dataset.label = button.textContent);
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not allowed here: mark the text instead, so that one key copies it.
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Marked";
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button.copy") : null;
    if (button === null) return;
    if (button.dataset.copy === "link") {
      const source = button.parentElement.querySelector("a.self");
      copy(button, source.href, source);
    } else {
      const source = button.parentElement.querySelector("pre");
      copy(button, source.textContent, source);
    }
  });

  // The bar of filters stays above the cases: what is scrolled to must not end up behind it.
  const measure = () => {
    const height = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
    document.documentElement.style.setProperty("--filters", `${height}px`);
  };
  new ResizeObserver(measure).observe(form);
  measure();

  filter();
  follow();
})();

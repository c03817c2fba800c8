// Folds and filters rows. Nothing enters the page but what is there already.
(() => {
  "use strict";
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const search = document.getElementById("page-search");
  const differs = document.getElementById("page-differs");
  const level = document.getElementById("page-level");
  const shown = document.getElementById("page-shown");
  const nothing = document.getElementById("page-nothing");
  document.documentElement.classList.add("script");

  // Each chapter with the requirements behind it, each of these with its cases.
  const chapters = [];
  for (const body of all("#page-table > tbody")) {
    if (body.dataset.kind === "chapter") {
      chapters.push({ body, fold: body.querySelector(".fold"), groups: [] });
      continue;
    }
    const group = { body, fold: body.querySelector(".fold"), text: body.querySelector(".text"), rows: [], words: "" };
    group.words = group.fold.textContent.toLowerCase();
    for (const row of all("tr.case", body)) {
      const details = row.nextElementSibling;
      const words = (row.textContent + "\n" + details.textContent).toLowerCase();
      group.rows.push({ row, details, more: row.querySelector(".more"), words });
    }
    chapters[chapters.length - 1].groups.push(group);
  }

  const open = (button) => button.getAttribute("aria-expanded") === "true";
  const set = (button, value) => button.setAttribute("aria-expanded", String(value));
  const filtering = () => search.value.trim() !== "" || differs.checked || level.value !== "";

  function draw() {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let cases = 0;
    let total = 0;
    for (const chapter of chapters) {
      let visible = 0;
      for (const group of chapter.groups) {
        let fitting = 0;
        for (const item of group.rows) {
          const fits = (!differs.checked || item.row.dataset.differs === "true")
            && (level.value === "" || item.row.dataset.level === level.value)
            && terms.every((term) => item.words.includes(term) || group.words.includes(term));
          fitting += fits ? 1 : 0;
          total += 1;
          item.row.hidden = !(fits && open(group.fold));
          item.details.hidden = item.row.hidden || !open(item.more);
        }
        if (group.text !== null) group.text.hidden = !open(group.fold);
        group.body.hidden = fitting === 0 || !open(chapter.fold);
        visible += fitting;
      }
      chapter.body.hidden = visible === 0;
      cases += visible;
    }
    shown.textContent = cases === total ? `${total} cases` : `${cases} of ${total} cases`;
    nothing.hidden = cases > 0;
  }

  function fold(value) {
    for (const chapter of chapters) {
      set(chapter.fold, true);
      for (const group of chapter.groups) set(group.fold, value);
    }
    draw();
  }

  // What is looked for is shown at once; with the last filter gone the rows fold again.
  function filter() {
    fold(filtering());
  }

  document.getElementById("page-table").addEventListener("click", (event) => {
    const button = event.target.closest("button.fold, button.more");
    if (button === null) return;
    set(button, !open(button));
    draw();
  });
  search.addEventListener("input", filter);
  differs.addEventListener("change", filter);
  level.addEventListener("change", filter);
  document.getElementById("page-filters").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("page-open").addEventListener("click", () => fold(true));
  document.getElementById("page-close").addEventListener("click", () => fold(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
  });

  // A link to a case unfolds what it stands in.
  function follow() {
    const id = decodeURIComponent(location.hash.slice(1));
    if (id === "") return;
    for (const chapter of chapters) {
      for (const group of chapter.groups) {
        const item = group.rows.find((one) => one.row.id === id);
        const whole = group.body.querySelector("tr").id === id;
        if (item === undefined && !whole) continue;
        set(chapter.fold, true);
        set(group.fold, true);
        if (item !== undefined) set(item.more, true);
        draw();
        document.getElementById(id).scrollIntoView({ block: "center" });
      }
    }
  }
  window.addEventListener("hashchange", follow);
  draw();
  follow();
})();

/* Keeps an open page up to date: a button says that something new is published, and a click shows it.
 *
 * The page listens only while it is visible: a browser opens few connections to one host, and a stream takes one of
 * them. The stream sends the current state, not differences, so the page misses nothing when it listens again.
 *
 * A click replaces the content of the page with the published one. The text that the reader was reading stays at its
 * place in the window. Then script.js runs again, as a new module without the state of the old page.
 */
"use strict";

{
  const FRAMES = 10; // After these, the browser has laid out the visible part.
  const root = new URL(".", document.currentScript.src);
  const { story } = document.getElementById("main").dataset;
  const news = document.createElement("div");
  const button = document.createElement("button");
  let source = null;
  let times = 0;

  const main = () => document.getElementById("main");
  const numbers = () => [...document.querySelectorAll("#timeline article")].map((article) => Number(article.id));

  /** Shows a button with these words, or removes the button if there are none. */
  function offer(words) {
    if (!words) news.replaceChildren();
    else if (button.textContent !== words || !button.isConnected) {
      button.textContent = words;
      news.replaceChildren(button);
    }
  }

  async function published() {
    const answer = await fetch(location.pathname, { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.status);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  /** Returns the text of a page. */
  const says = (page) => page.getElementById("main").textContent;
  let said = says(document); // The text of this page when it was loaded or last replaced.

  async function hear(event) {
    const { seq } = JSON.parse(event.data);
    if (story) {
      const count = seq - Math.max(0, ...numbers());
      offer(count > 0 && newWords(count));
      return;
    }
    offer(says(await published()) !== said && newWords());
  }

  /** Returns the first visible development or line of a list: a selector for it, and its place in the window. */
  function place() {
    const all = [...main().querySelectorAll("article[id], li > a")];
    const first = all.find((each) => each.getClientRects().length && each.getBoundingClientRect().bottom > 0);
    if (!first) return null;
    const heading = first.closest("section")?.getAttribute("aria-labelledby");
    const line = `[aria-labelledby="${heading}"] li > a[href="${CSS.escape(first.getAttribute("href"))}"]`;
    return { name: first.id ? `article[id="${first.id}"]` : line, top: first.getBoundingClientRect().top };
  }

  /** Scrolls so that the development or line is at its former place. */
  function keep(seen) {
    const now = seen && main().querySelector(seen.name)?.getBoundingClientRect().top;
    if (typeof now === "number") scrollBy({ top: now - seen.top, behavior: "instant" });
  }

  async function show() {
    const page = await published();
    const known = new Set(numbers());
    const seen = scrollY ? place() : null;
    dispatchEvent(new Event("leave"));
    said = says(page);
    main().replaceWith(document.adoptNode(page.getElementById("main")));
    document.title = page.title;
    for (const article of document.querySelectorAll("#timeline article")) {
      article.toggleAttribute("data-new", !known.has(Number(article.id)));
    }
    offer("");
    await import(`${root}script.js?${++times}`);
    main().tabIndex = -1;
    main().focus({ preventScroll: true });
    for (let frame = 0; frame < FRAMES; frame++) {
      keep(seen);
      await new Promise(requestAnimationFrame);
    }
  }

  function listen() {
    source?.close();
    if (document.hidden) return;
    source = new EventSource(new URL(story ? `stories/${story}/live` : "live", root));
    source.addEventListener("published", (event) => hear(event).catch(() => {})); // The next event tries again.
  }

  news.id = "news";
  news.setAttribute("role", "status");
  button.type = "button";
  button.addEventListener("click", () => show().catch(() => location.reload()));
  main().before(news);
  document.addEventListener("visibilitychange", listen);
  listen();
}

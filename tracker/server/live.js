/* What an open page does while its desk goes on: it says that something new is published, and puts that in on a click.
 *
 * The page listens as long as it is to be seen: browsers open few connections to one host, and a stream is one of
 * them. It is told how things stand, not what has happened, and so has missed nothing when it listens again.
 *
 * What is put in is the page as it is published now, in the place of what there was, under the reader's eyes: what
 * they were reading stays where it is. script.js is run anew for it, as a module, which has nothing of the old page.
 */
"use strict";

{
  const FRAMES = 10; // In which what comes into sight has been laid out.
  const root = new URL(".", document.currentScript.src);
  const { story } = document.getElementById("main").dataset;
  const news = document.createElement("div");
  const button = document.createElement("button");
  let source = null;
  let times = 0;

  const main = () => document.getElementById("main");
  const numbers = () => [...document.querySelectorAll("#timeline article")].map((article) => Number(article.id));

  /** Says it, or nothing any more. */
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

  /** Whether the page says something else than this one did when it came. */
  const says = (page) => page.getElementById("main").textContent;
  let said = says(document);

  async function hear(event) {
    const { seq } = JSON.parse(event.data);
    if (story) {
      const count = seq - Math.max(0, ...numbers());
      offer(count > 0 && `${count} new ${count === 1 ? "development" : "developments"}`);
      return;
    }
    offer(says(await published()) !== said && "New developments");
  }

  /** What is being read, and where: what names the development, or the line of a list, and its place in the window. */
  function place() {
    const all = [...main().querySelectorAll("article[id], li > a")];
    const first = all.find((each) => each.getClientRects().length && each.getBoundingClientRect().bottom > 0);
    if (!first) return null;
    const heading = first.closest("section")?.getAttribute("aria-labelledby");
    const line = `[aria-labelledby="${heading}"] li > a[href="${CSS.escape(first.getAttribute("href"))}"]`;
    return { name: first.id ? `article[id="${first.id}"]` : line, top: first.getBoundingClientRect().top };
  }

  /** Scrolls so that it is there again. */
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
    source.addEventListener("published", (event) => hear(event).catch(() => {})); // The next one says it again.
  }

  news.id = "news";
  news.setAttribute("role", "status");
  button.type = "button";
  button.addEventListener("click", () => show().catch(() => location.reload()));
  main().before(news);
  document.addEventListener("visibilitychange", listen);
  listen();
}

/* Shows the controls of the pages. Without scripts, all text can be read.
 *
 * Developments are filtered by party, type and tag, as they happened or as they were recorded. history.json, read when
 * first wanted, turns the page back to what was known earlier, and to what was so on a day, as known then. The address
 * keeps the choices: asof, known, party, type, tag, key, by, order, q.
 *
 * Texts are put in as text. Only the summary and amended developments are HTML, made by the publisher.
 */
"use strict";

const page = new AbortController();
const byId = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];
const hide = (element, hidden) => element?.toggleAttribute("hidden", hidden);

// Words. Those of another language than English are in the page, by the English ones.

const language = document.documentElement.lang || "en";
const locale = language === "en" ? "en-GB" : language;
const translated = JSON.parse(byId("messages")?.textContent ?? "{}");
const plurals = new Intl.PluralRules(locale);
const NUMBER = new Intl.NumberFormat(locale, { numberingSystem: "latn" });
const number = (value) => NUMBER.format(value);
const filled = (message, values) => message.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** A message with its values. */
const say = (message, values = {}) => filled(translated[message] ?? message, values);

/** The form of a message for a number, which is its value n. */
function count(one, other, n, values = {}) {
  const forms = translated[one] ?? { one, other };
  return filled(forms[plurals.select(n)] ?? forms.other, { n: number(n), ...values });
}

const counted = (n) => count("{n} development", "{n} developments", n);

/** The words of the button for what is new. */
globalThis.newWords = (n) =>
  n ? count("{n} new development", "{n} new developments", n) : say("New developments");

/** Says something in an element, unless it says that already: nothing is announced twice. */
function tell(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

/** Makes these the element's nodes, in this order. Those in their place are not touched. */
function arrange(element, nodes) {
  const staying = new Set(nodes);
  for (const child of [...element.childNodes]) if (!staying.has(child)) child.remove();
  let place = element.firstChild;
  for (const node of nodes) {
    if (node === place) place = place.nextSibling;
    else element.insertBefore(node, place);
  }
}

function made(name, ...content) {
  const element = document.createElement(name);
  element.append(...content);
  return element;
}

// The address. Browsers refuse to change it very often: after some changes at once, there are pauses.

const AT_ONCE = 20;
const kept = new Map();
let changes = [];
let waiting = 0;

function keep(name, value) {
  kept.set(name, value);
  if (waiting) return;
  changes = changes.filter((time) => time > Date.now() - 10_000);
  if (changes.length < AT_ONCE) write();
  else waiting = setTimeout(write, 500);
}

/** Leaves it to what the browser is about to do first. */
function keepLater() {
  clearTimeout(waiting);
  waiting = setTimeout(write);
}

/** Writes what is kept; without the place in the page, if that is hidden now. */
function write() {
  clearTimeout(waiting);
  waiting = 0;
  const address = new URL(location);
  if (isHidden(byNumber.get(Number(address.hash.slice(1))))) address.hash = "";
  for (const [name, value] of kept) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  address.search = address.search.replaceAll("%3A", ":");
  if (address.href === location.href) return;
  changes.push(Date.now());
  history.replaceState(history.state, "", address);
}

// Developments.

const developments = all("#timeline article").map((article) => ({
  article,
  seq: Number(article.id),
  recorded: article.dataset.recorded,
  type: article.dataset.type,
  parties: (article.dataset.parties ?? "").split(" "),
  tags: (article.dataset.tags ?? "").split(" "),
  key: article.dataset.key,
  shown: true,
}));
const byNumber = new Map(developments.map((each) => [each.seq, each]));
const happened = all("#timeline .month").map((section) => ({
  section,
  nodes: [...section.childNodes],
  developments: developments.filter(({ article }) => article.parentNode === section),
}));
const timeline = byId("timeline");
const timelineNodes = [...(timeline?.childNodes ?? [])].filter((node) => node.className !== "month");
const filter = { party: "", type: "", tag: "", key: "", by: "", order: "" };
let recordedIn = null; // The months of recording, once they are asked for.
let months = happened;
let known = null; // The moment that the page is turned back to; null is now.
let day = ""; // The day of which the page says what was so; empty is now.
let occurred = new Map(); // The days of the developments, as known then.

const hadOccurred = ({ seq }) => !day || (occurred.get(seq) || "~") <= day;
const isKnown = (each) => (!known || each.recorded <= known.until) && hadOccurred(each);
const passes = ({ type, parties, tags, key }) =>
  (!filter.type || filter.type === type) &&
  (!filter.party || parties.includes(filter.party)) &&
  (!filter.tag || tags.includes(filter.tag)) &&
  (!filter.key || filter.key === key);

const isHidden = (development) => Boolean(development) && !(isKnown(development) && passes(development));

function showDevelopments() {
  for (const each of developments) {
    const shown = !isHidden(each);
    if (shown !== each.shown) hide(each.article, !shown);
    each.shown = shown;
  }
  for (const month of months) hide(month.section, !month.developments.some(({ shown }) => shown));
  const shown = developments.filter((each) => each.shown).length;
  const values = { shown: number(shown) };
  tell(byId("shown"), count("{shown} of {n} development", "{shown} of {n} developments", developments.filter(isKnown).length, values));
}

/** The developments by the month in which they were recorded, the latest first. */
function byRecording() {
  const named = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", year: "numeric", timeZone: "UTC" });
  const found = new Map();
  for (const each of [...developments].sort((one, other) => other.seq - one.seq)) {
    const month = named.format(new Date(each.recorded));
    if (!found.has(month)) found.set(month, []);
    found.get(month).push(each);
  }
  return [...found].map(([month, developments]) => {
    const heading = made("h3", month);
    const section = made("section");
    section.className = "month";
    return { section, nodes: [heading, ...developments.map(({ article }) => article)], developments };
  });
}

/** The nodes, with the elements among them the other way round if the oldest come first. */
function ordered(nodes, elements) {
  const places = new Map(elements.map((each, place) => [each, elements.at(-1 - place)]));
  return filter.order ? nodes.map((each) => places.get(each) ?? each) : nodes;
}

function orderDevelopments() {
  months = filter.by ? (recordedIn ??= byRecording()) : happened;
  for (const { section, nodes, developments } of months) {
    arrange(section, ordered(nodes, developments.map(({ article }) => article)));
  }
  const sections = months.map((month) => month.section);
  arrange(timeline, [...timelineNodes, ...ordered(sections, sections)]);
}

/** Chooses in the filter; what it does not offer is no choice. */
function choose(name, value) {
  const select = byId(name);
  const isOffered = select && [...select.options].some((option) => option.value === value);
  filter[name] = isOffered ? value : "";
  if (select) select.value = filter[name];
  keep(name, filter[name]);
}

/** Gives up what hides a development, filter or past. Says whether there was anything. */
function reveal(id) {
  const development = byNumber.get(Number(id));
  if (!isHidden(development)) return false;
  if (!passes(development)) ["party", "type", "tag", "key"].forEach((name) => choose(name, ""));
  if (!isKnown(development)) [known, day] = [null, ""];
  return true;
}

// Time: moments.

const instants = [...new Set(developments.map((each) => each.recorded))].sort();
const DAY = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC", numberingSystem: "latn" });
const dayOf = (instant) => DAY.format(new Date(instant));

/** The moment that a text says: until when things were known, and in words. Null if it says none. */
function momentOf(text) {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  if (!isDate && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text)) return null;
  const time = new Date(isDate ? `${text}T23:59:59.999Z` : text);
  const until = Number.isNaN(time.getTime()) ? "" : time.toISOString();
  if (!until.startsWith(text.slice(0, 19))) return null; // 31 February
  const values = { day: dayOf(until), time: clock(until) };
  const words = isDate ? say("As known on {day}", values) : say("As known on {day} at {time} UTC", values);
  return { until, words, address: text, date: isDate ? text : "" };
}

/** Its time of day, to the millisecond where a development was recorded in the same second. */
function clock(instant) {
  const isShared = instants.some((each) => each !== instant && each.startsWith(instant.slice(0, 19)));
  return instant.slice(11, isShared ? 23 : 19);
}

/** The moment that was asked for and, if that is none, why it is now. */
function asked(text) {
  const moment = momentOf(text);
  if (!moment) return [null, text && say("“{text}” is no date or instant.", { text })];
  const last = instants.at(-1);
  const isToCome = moment.until.slice(0, 10) > last.slice(0, 10);
  return isToCome ? [null, say("Nothing was recorded after {day}.", { day: dayOf(last) })] : [moment, ""];
}

/** The day that was asked for and, if that is none, why it is now. */
function askedDay(text) {
  const { date } = momentOf(text) ?? {};
  return date ? [date, ""] : ["", text && say("“{text}” is no date.", { text })];
}

/** The slider's moment. Its last position is now. */
const momentAt = (position) => (position < instants.length - 1 ? momentOf(instants[position]) : null);
const positionOf = (moment) => Math.max(0, instants.filter((each) => !moment || each <= moment.until).length - 1);

// Time: what history.json says.

let past = null;
let reading = null;

/** Reads the history, once. */
function readHistory() {
  reading ??= fetch(byId("main").dataset.history, { cache: "no-cache" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then(understand);
  reading.catch(() => (reading = null)); // The next one may try again.
  return reading;
}

function understand({ format, sections, steps, was }) {
  if (format !== "tracker/1") throw new Error(format);
  const recorded = new Map(developments.map((each) => [each.seq, each.recorded]));
  const items = steps.flatMap((step) => {
    recorded.set(step.seq, step.recorded);
    return step.items.map((item) => understandItem(step, ...item));
  });
  const amended = Object.entries(was).flatMap((entry) => understandAmended(...entry));
  past = { sections, steps, items, recorded, amended, summary: null };
  past.now = standingAt("~"); // which comes after every instant
}

function understandItem({ seq: step, recorded }, key, section, order = "", text = "", seq = 0) {
  return { recorded, key, section, order: sortable(order), text, seq: seq || step, isGone: section === undefined };
}

function understandVersion([until, html, look, parties, tags = "", key = ""]) {
  return { until, html, look: `it ${look}`.trim(), parties: parties.split(" "), tags: tags.split(" "), key };
}

/** What sorts by the text's code points, which texts here do not. */
const sortable = (text) => Array.from(text, (letter) => letter.codePointAt(0).toString(16).padStart(6, "0")).join("");

function understandAmended(seq, versions) {
  const development = byNumber.get(Number(seq));
  if (!development) return [];
  const { article, parties, tags, key } = development;
  const first = { nodes: [...article.childNodes], look: article.className, parties, tags, key };
  return [{ development, first, version: first, versions: versions.map(understandVersion) }];
}

/** What stood then: by key, the item that was known last. */
function standingAt(until) {
  return new Map(past.items.filter((item) => item.recorded <= until).map((item) => [item.key, item]));
}

const until = () => known?.until ?? "~";

/** What stood on the day: by key, the last line that was known then and begins by that day. */
function standingOnDay() {
  const found = new Map();
  for (const step of stepsThen()) {
    const items = step.items.map(([key, ...item]) => [key, [step.first ?? step.day, ...item]]);
    for (const [key, ...cells] of new Map([...items, ...(step.cells ?? [])].map((each) => [each[0], each])).values()) {
      const cell = cells.filter(([first]) => first <= day).pop();
      if (cell) found.set(key, understandItem(step, key, ...cell.slice(1)));
    }
  }
  return found;
}

const stepsThen = () => (past?.steps ?? []).filter(({ recorded }) => recorded <= until());

/** The days of the developments, as known then. */
const daysThen = () => new Map(stepsThen().map((step) => [step.of ?? step.seq, step.day]));

const stands = (item) => Boolean(item && !item.isGone);
const differ = (one, other) =>
  stands(one) ? !stands(other) || one.text !== other.text || one.section !== other.section : stands(other);
const byPlace = (one, other) => one.section - other.section || (one.order < other.order ? -1 : one.order > other.order);

// Time: the page as known then.

const atFirst = new Map(
  ["title", "status", "summary", "count", "sections"].map((id) => [id, [...(byId(id)?.childNodes ?? [])]]),
);
const facts = document.querySelector(".facts");
const updated = facts?.querySelector("time");
const updatedAtFirst = [updated?.dateTime, updated?.textContent];
const charts = all("#charts figure");
const ofNow = all("[data-now]:not(li)"); // What the page says of now alone.
const blocks = new Map();
const recordedSince = made("p");
const nothing = made("p", say("Nothing stands yet."));
const STATUSES = { open: say("Still developing"), closed: say("No longer followed") };
const NAMES = { title: say("Title"), status: say("Status"), summary: say("Summary") };
let frame = 0; // In which the page is to follow the slider.

/** Turns the page to a moment and a day, or to now, which needs no history. */
function turn(moment, note = "", on = day) {
  [known, day] = [moment, on];
  if ((!moment && !on) || past) return draw(note);
  tell(byId("known"), say("Reading what was known …"));
  return readHistory().then(
    () => draw(note),
    () => turn(null, say("What was known earlier could not be read."), ""),
  );
}

function draw(note) {
  occurred = day ? daysThen() : occurred;
  past?.amended.forEach(drawAmended);
  showDevelopments();
  if (!byId("slider")) return;
  const before = developments.filter(isKnown);
  const isThen = Boolean(known || day);
  drawControls(isThen, note || (before.length ? "" : say("Nothing was known yet.")));
  for (const part of [byId("title"), facts, byId("summary"), byId("stands"), timeline]) hide(part, !before.length);
  for (const part of ofNow) hide(part, isThen);
  drawFacts(before);
  drawCharts(Math.max(0, ...before.map((each) => each.seq)));
  if (!past) return;
  const then = day ? standingOnDay() : known ? standingAt(known.until) : past.now;
  drawHead(then);
  drawStanding(then, isThen);
  drawSince(then, isThen, day ? 0 : developments.length - before.length);
}

function drawControls(isThen, note) {
  const when = known?.words ?? say("As known now");
  const words = day ? say("What was so on {day}. {known}", { day: dayOf(day), known: when }) : when;
  const said = note ? say("{known}. {note}", { known: words, note }) : words;
  const slider = byId("slider");
  tell(byId("known"), said);
  if (!frame) slider.value = positionOf(known);
  slider.setAttribute("aria-valuetext", said);
  byId("date").value = known?.date ?? "";
  byId("day").value = day;
  if (!isThen && document.activeElement === byId("now")) slider.focus(); // A disabled button would lose it.
  byId("now").disabled = !isThen;
  document.documentElement.toggleAttribute("data-then", isThen);
  keep("known", known?.address ?? "");
  keep("asof", day);
}

/** Puts words in the place of what the page said at first, or that back. */
function retell(id, words) {
  if ((known || day) && words !== null) tell(byId(id), words);
  else if (byId(id)) arrange(byId(id), atFirst.get(id));
}

function drawFacts(before) {
  retell("count", counted(before.length));
  if (!updated) return;
  const last = instants[positionOf(known)];
  const [instant, day] = known ? [last, dayOf(last)] : updatedAtFirst;
  if (updated.dateTime !== instant) updated.dateTime = instant;
  tell(updated, day);
}

function drawCharts(last) {
  const isToCome = (point) => Number(point.dataset.known) > last;
  for (const chart of charts) hide(chart, day || (known && [...chart.querySelectorAll(".point")].some(isToCome)));
  hide(byId("charts"), charts.every((chart) => chart.hidden));
}

function drawHead(then) {
  const words = (key) => (then.get(key) === past.now.get(key) ? null : (then.get(key)?.text ?? ""));
  retell("title", words("title"));
  retell("status", STATUSES[words("status")] ?? words("status"));
  if (past.summary === words("summary")) return;
  past.summary = words("summary");
  if (past.summary === null) retell("summary", null);
  else byId("summary").innerHTML = past.summary;
}

function drawStanding(then, isThen) {
  hide(byId("about"), isThen);
  if (!isThen) return retell("sections", null);
  const lines = past.sections.map(() => []);
  for (const item of then.values()) if (stands(item)) lines[item.section]?.push(item);
  const filled = lines.flatMap((items, section) => (items.length ? drawSection(section, items.sort(byPlace)) : []));
  return arrange(byId("sections"), filled.length ? filled : [nothing]);
}

function drawSection(section, items) {
  if (!blocks.has(section)) blocks.set(section, [made("h3", past.sections[section]), made("ul")]);
  const list = blocks.get(section)[1];
  list.className = "marked";
  arrange(list, items.map(lineOf));
  return blocks.get(section);
}

const MARKS = "foonyrdfdooed"; // The class of a line, by its section.

/** An item's line. How it reads now, if otherwise, the style sheet says behind it. */
function lineOf(item) {
  if (item.line) return item.line;
  const now = past.now.get(item.key);
  item.line = made("li", `${item.text} `, linkTo(item.seq));
  item.line.dataset.key = item.key;
  item.line.dir = "auto";
  item.line.className = MARKS[item.section];
  if (differ(item, now)) {
    item.line.classList.add("moved");
    item.line.dataset.now = stands(now) ? say("now: {line}", { line: beside(item, now) }) : say("no longer");
  }
  return item.line;
}

function linkTo(seq) {
  const link = made("a", `#${seq}`);
  link.href = `#${seq}`;
  return link;
}

/** An item's words beside those at another time: with its heading, if that alone is another. */
function beside(other, item) {
  if (item.key === "summary") return parsed(item.text).textContent.trim();
  if (item.key === "status") return STATUSES[item.text] ?? item.text;
  if (!stands(other) || item.text !== other.text) return item.text;
  return say("{heading}: {line}", { heading: past.sections[item.section], line: item.text });
}

function drawSince(then, isThen, since) {
  const section = byId("since");
  const list = section.querySelector("ul");
  const changed = isThen ? [...past.now.values()].filter((now) => differ(then.get(now.key), now)) : [];
  const placed = changed.map((now) => ({ before: then.get(now.key), now, at: now.isGone ? then.get(now.key) : now }));
  arrange(list, placed.sort((one, other) => byPlace(one.at, other.at)).map(changeOf));
  tell(recordedSince, count("{n} development was recorded since.", "{n} developments were recorded since.", since));
  if (since) list.before(recordedSince);
  else recordedSince.remove();
  hide(section, day || !then.size || !(since || changed.length));
}

/** The line that says how something read then, and how it reads now. */
function changeOf({ before, now }) {
  const item = before ?? now;
  if (item.change) return item.change;
  const name = now.section === -1 ? [say("{heading}:", { heading: NAMES[now.key] ?? now.key }), " "] : [];
  const was = stands(before) ? [made("span", beside(now, before)), " → "] : [];
  if (was.length) was[0].className = "before";
  const is = made("strong", stands(now) ? beside(before, now) : say("no longer"));
  item.change = made("li", ...name, ...was, is, " ", linkTo(now.seq));
  item.change.dir = "auto";
  return item.change;
}

/** A development as it read before the first of its amendments that was not known then. */
function drawAmended(amended) {
  const { development, first, versions } = amended;
  const { article } = development;
  if (!isKnown(development)) return;
  const version = (known && versions.find(({ until }) => past.recorded.get(until) > known.until)) || first;
  if (version === amended.version) return;
  amended.version = version;
  for (const name of ["parties", "tags", "key"]) development[name] = version[name];
  version.nodes ??= [...parsed(version.html).childNodes];
  const isBrief = version !== first && article.classList.contains("brief");
  arrange(article, isBrief ? version.nodes.filter((node) => node.localName === "h4") : version.nodes);
  article.className = version.look;
}

/** HTML of the publisher's own. */
function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Finding.

const stories = all("#stories > li:has(a)").map((line) => ({ line }));
const hasStories = Boolean(byId("find") && stories.length);

/** A text in which neither case nor accents count. */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function findStories() {
  const query = byId("q").value.trim();
  const words = plain(query).split(/\s+/);
  for (const story of stories) {
    story.words ??= plain(story.line.textContent);
    story.found = words.every((word) => story.words.includes(word));
    hide(story.line, !story.found);
  }
  const found = number(stories.filter((story) => story.found).length);
  tell(byId("found"), query && count("{found} of {n} story", "{found} of {n} stories", stories.length, { found }));
  keep("q", query);
}

// The controls.

/** Unhides a form. Nothing is ever sent. */
function offer(form) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}

function offerFilter() {
  for (const name of Object.keys(filter)) {
    byId(name)?.addEventListener("change", (event) => {
      choose(name, event.target.value);
      if (name === "order" || name === "by") orderDevelopments();
      showDevelopments();
    });
  }
  offer(byId("filter"));
}

/** Whether the page can be turned back. From a folder, browsers let it read no files. */
const hasTime = () => Boolean(byId("time") && instants.length > 1 && location.protocol !== "file:");

function offerTime() {
  const [form, slider, date] = ["time", "slider", "date"].map(byId);
  slider.max = instants.length - 1;
  slider.addEventListener("input", () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      turn(momentAt(slider.valueAsNumber));
    });
  });
  date.addEventListener("change", () => {
    if (date.value > "1000") turn(...asked(date.value)); // Before that, a year is still being typed.
  });
  byId("day").addEventListener("change", ({ target: { value } }) => {
    if (!value || value > "1000") turn(known, "", value);
  });
  byId("now").addEventListener("click", () => turn(null, "", ""));
  for (const sign of ["pointerenter", "focusin"]) {
    form.addEventListener(sign, () => readHistory().catch(() => {}), { once: true });
  }
  offer(form);
}

/** Does what the address says. */
async function followAddress(event) {
  const chosen = new URLSearchParams(location.search);
  const target = location.hash.slice(1);
  keepLater();
  if (hasStories) {
    byId("q").value = chosen.get("q") ?? "";
    findStories();
  }
  if (!developments.length) return;
  for (const name of Object.keys(filter)) choose(name, chosen.get(name) ?? "");
  orderDevelopments();
  const [moment, note] = asked((hasTime() && chosen.get("known")) || "");
  const [on, dayNote] = askedDay((hasTime() && chosen.get("asof")) || "");
  if (on) await readHistory().catch(() => {});
  [known, day] = [moment, on];
  occurred = daysThen();
  const isRevealed = reveal(target);
  const isOther = known || day || Object.values(filter).some(Boolean);
  await turn(known, note || dayNote);
  if (isRevealed || (isOther && !event)) reach(byId(target));
}

/** Scrolls to an element, again while what is above it is drawn and gets its real height. */
function reach(element, frames = 2) {
  element?.scrollIntoView();
  if (frames) requestAnimationFrame(() => reach(element, frames - 1));
}

/** What a link in the page leads to is there before the browser goes to it. */
function followLink(event) {
  const link = event.target.closest?.("a[href^='#']");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (waiting) write(); // The way back leads to what is shown before.
  keepLater();
  if (reveal(link.hash.slice(1))) turn(known);
}

if (byId("filter") && developments.length) offerFilter();
if (hasTime()) offerTime();
if (hasStories) {
  byId("q").addEventListener("input", findStories);
  offer(byId("find"));
}
if (developments.length || hasStories) {
  addEventListener("popstate", followAddress, page);
  addEventListener("click", followLink, page);
  addEventListener("leave", () => (waiting && write(), page.abort()), page); // Another comes.
  followAddress();
}

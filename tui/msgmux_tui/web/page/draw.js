"use strict";
// Drawing: from a state to elements. Text from outside only ever becomes textContent; positions are set as properties,
// since no inline style is allowed here.

const $ = id => document.getElementById(id);
const NEW = 0.4, GHOST = 0.9; // seconds, as in the terminal
const SVG = "http://www.w3.org/2000/svg";

function make(tag, cls, ...inside) {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  made.append(...inside);
  return made;
}

// Like make, and reads as `words` to a screen reader.
function said(element, words) {
  element.setAttribute("aria-label", words);
  return element;
}

function svg(width, height, ...shapes) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", `0 0 ${width} ${height}`);
  made.setAttribute("preserveAspectRatio", "none");
  made.append(...shapes);
  return made;
}

function shape(tag, cls, of) {
  const made = document.createElementNS(SVG, tag);
  if (cls) made.setAttribute("class", cls);
  for (const name in of) made.setAttribute(name, of[name]);
  return made;
}

const text = (id, words) => { if ($(id).textContent != words) $(id).textContent = words; };
const put = (id, ...inside) => $(id).replaceChildren(...inside);
const hue = tag => "p" + (/^\D\d+$/.test(tag) ? (+tag.slice(1) - 1) % 8 : 7);

// Rows by key, so that what has the focus keeps it: `fill(element, item)` draws one.
function rows(parent, items, key, born, fill) {
  const known = new Map([...parent.children].map(one => [one.dataset.key, one]));
  let before = null;
  for (const item of items) {
    const name = String(key(item));
    let row = known.get(name);
    if (row) known.delete(name); else { row = born(item); row.dataset.key = name; }
    if (before ? before.nextSibling != row : parent.firstChild != row) parent.insertBefore(row, before ? before.nextSibling : parent.firstChild);
    fill(row, item);
    before = row;
  }
  for (const gone of known.values()) gone.remove();
}

function steps(bars, top, width) {
  let path = `M0 10`;
  bars.forEach((value, n) => {
    const y = top > 0 && value > 0 ? 9.4 - Math.min(1, value / top) * 8.6 : 9.6;
    path += `V${y.toFixed(2)}H${n + 1}`;
  });
  return svg(width, 10, shape("path", "", {d: path + "V10Z"}));
}

// ---- the list

const TAGS = {stalled: "‖", failed: "✗"};
let tail = 0; // of the state that is drawn
const lag = c => tail - c.cursor;
const backlog = c => `${short(lag(c))}+${known(level(c), short)}`;
const behind = c => level(c) == null ? null : lag(c) + level(c);
const tags = cs => {
  const all = cs.map(c => c.tag + (TAGS[c.status] || ""));
  return all.length > 3 ? `${all.slice(0, 2).join("·")} and ${all.length - 2} more` : all.join("·");
};
const loud = cs => cs.some(c => c.status != "running") ? "warn" : "";

const gap = (seq, end) => ({gap: true, seq, count: end - seq});

// Which nodes are drawn where not all fit: both ends, the picked one and all cursors, with as many around as fit.
function parts(s, room, picked) {
  const nodes = s.nodes, first = nodes.length ? nodes[0].seq : s.tail_seq + 1;
  const older = first > s.head_seq ? [gap(s.head_seq, first)] : [];
  const wide = n => n.count > 1 ? 2 : 1;
  const size = items => items.reduce((sum, item) => sum + (item.gap ? 2 : wide(item)), 0);
  if (size([...older, ...nodes]) <= room) return [...older, ...nodes];
  const find = seq => {
    let low = 0, high = nodes.length;
    while (low < high) { const m = (low + high) >> 1; if (nodes[m].seq <= seq) low = m + 1; else high = m; }
    return Math.max(0, low - 1);
  };
  const seqs = [s.tail_seq, first, ...picked ? [picked] : [], ...[...s.consumers.values()].map(c => c.cursor).sort((a, b) => a - b)];
  let anchors = [...new Set(seqs.map(find))];
  const around = by => {
    const items = [...older], regions = [];
    for (const at of [...anchors].sort((a, b) => a - b)) {
      const from = Math.max(0, at - by), to = Math.min(nodes.length - 1, at + by), last = regions.at(-1);
      if (last && from - last[1] <= 3) last[1] = Math.max(last[1], to); else regions.push([from, to]);
    }
    let at = 0;
    for (const [from, to] of regions) {
      if (from > at) items.push(gap(nodes[at].seq, nodes[from].seq));
      items.push(...nodes.slice(from, to + 1));
      at = to + 1;
    }
    if (at < nodes.length) items.push(gap(nodes[at].seq, s.tail_seq + 1));
    return items;
  };
  while (anchors.length > 1 && size(around(0)) > room) anchors.pop();
  let best = around(0), low = 1, high = room;
  while (low <= high) {
    const by = (low + high) >> 1, items = around(by);
    if (size(items) <= room) { best = items; low = by + 1; } else high = by - 1;
  }
  return best;
}

function drawList(view) {
  const {s, now, picked, ghosts, speed} = view, chain = $("chain"), width = chain.clientWidth;
  const bound = s.settings.max_messages, many = length(s);
  text("list-n", `${count(many)}${bound == null ? "" : " of " + count(bound)} ${many == 1 ? "message" : "messages"} in ${plural(s.node_count, "node")}`);
  const em = parseFloat(getComputedStyle(chain).fontSize), phone = width < 40 * em;
  const letter = em * 0.602, word = String(s.tail_seq).length + 5;
  const roomy = !phone && s.nodes.length <= 40;
  const least = letter * Math.max(roomy ? 19 : 12, word + 5), slots = Math.max(2, Math.floor((width + 4) / least));
  chain.style.gridTemplateColumns = `repeat(${slots}, minmax(0, 1fr))`;
  const items = [...ghosts, ...parts(s, slots * (phone ? 9 : 6) - ghosts.length, picked)];
  const cursors = [...s.consumers.values()].sort((a, b) => a.cursor - b.cursor);
  const deadline = s.settings.retention == null ? -Infinity : now - s.settings.retention;
  let slot = 0;
  const cells = items.map((item, n) => {
    const need = item.count > 1 ? Math.min(2, slots) : 1, over = slot % slots + need - slots;
    if (over > 0) slot += slots - slot % slots;
    const link = item.ghost ? "" : !n || items[n - 1].ghost ? "├" : slot % slots ? "⇄" : "▸";
    slot += need;
    return {item, link, end: n == items.length - 1 && !item.ghost};
  });
  const focused = chain.contains(document.activeElement) && document.activeElement.closest("li").dataset.key;
  const key = item => (item.ghost ? "x" : item.gap ? "g" : "") + (item.seq + item.count - 1);
  rows(chain, cells, cell => key(cell.item), () => make("li"), (li, {item, link, end}) => {
    li.className = item.count > 1 ? "wide" : "";
    const join = make("span", "link", link), last = item.seq + item.count - 1;
    join.ariaHidden = "true";
    if (item.ghost) {
      li.replaceChildren(join, make("span", "gone", make("span", "away", "evicted: "), `×${item.tag} ${item.seq}`));
      return;
    }
    const here = cursors.filter(c => c.cursor >= item.seq && c.cursor <= last), groups = new Map();
    for (const c of here) {
      const at = item.gap ? 0 : c.cursor;
      groups.set(at, [...groups.get(at) || [], c]);
    }
    const flags = link == "├" ? flag(cursors.filter(c => c.cursor < s.head_seq), null, "flag before") : [];
    for (const group of groups.values()) flags.push(...flag(group, item.gap ? null : item, "flag"));
    if (end) flags.push(make("span", "flag soft", "┤ TAIL newest"));
    if (item.gap) {
      li.replaceChildren(join, make("span", "gap", make("span", "", `${count(item.count)} ${item.count == 1 ? "message" : "messages"}`)), ...flags);
      return;
    }
    const left = cursors.filter(c => c.cursor < last).length;
    const mark = !cursors.length || left > 1 ? " " : left ? "¹" : "✓";
    const cls = [hue(item.tag)];
    if (picked >= item.seq && picked <= last) cls.push("picked");
    else if (here.length) cls.push("here");
    else if (item.timestamp > now - NEW * Math.max(1, speed)) cls.push("new");
    else if (cursors.length && !left) cls.push("had");
    if (item.timestamp <= deadline) cls.push("old");
    let button = li.querySelector("button");
    if (!button) {
      button = make("button");
      button.onclick = () => pick(+button.dataset.seq);
      li.replaceChildren(join, button);
    }
    button.dataset.seq = item.seq;
    if (button.className != cls.join(" ")) button.className = cls.join(" ");
    const number = item.count > 1 ? `${count(item.seq)}–${count(last)} ×${item.count}` : String(item.seq);
    button.replaceChildren(make("b", "", item.tag + mark), make("i", "", number), ...roomy ? [make("small", "", item.preview || " ")] : []);
    // One block can be reached by tab; arrows go on from there.
    button.tabIndex = (focused ? li.dataset.key == focused : picked ? cls.includes("picked") : end) ? 0 : -1;
    const who = here.length ? `, cursor of ${and(here.map(c => c.name))}` : "";
    const had = !cursors.length ? "" : left ? `, ${plural(left, "consumer")} ${left == 1 ? "has" : "have"} not had it` : ", all have had it";
    button.append(make("span", "away", `${item.count == 1 ? "" : " messages"}${had}${who}`));
    while (li.lastChild != button) li.lastChild.remove();
    li.firstChild.replaceWith(join);
    li.append(...flags);
  });
  if (!items.some(i => !i.ghost)) {
    const words = make("li", "", make("span", "soft", `├┤ the list is empty; #${s.tail_seq + 1} will be next`), ...flag(cursors, null, "flag before"));
    words.className = "empty";
    chain.append(words);
  }
}

function flag(cs, node, cls) {
  if (!cs.length) return [];
  const first = cs[0];
  let tale = " " + backlog(cs.reduce((a, b) => (level(b) ?? Infinity) > (level(a) ?? Infinity) ? b : a));
  if (node && node.count > 1 && first.cursor < node.seq + node.count - 1) tale = ` ${first.cursor - node.seq + 1}/${node.count}`;
  else if (new Set(cs.map(c => c.cursor)).size > 1) tale = "";
  else if (cs.every(c => behind(c) == 0)) tale = " ✓";
  return [make("span", `${cls} ${loud(cs)}`, "▲" + tags(cs) + tale)];
}

// The whole list in one bar: as high as there are consumers that have not had it yet.
function drawOverview(s) {
  const many = length(s), cs = [...s.consumers.values()].sort((a, b) => a.cursor - b.cursor), width = 1000;
  const place = cursor => many ? Math.min(Math.max(cursor - s.head_seq + 1, 0), many) / many : 1;
  let path = "M0 10", up = 0;
  for (const c of [null, ...cs]) {
    const x = c ? place(c.cursor) * width : 0;
    if (c) up++;
    const y = up && many ? 9 - 8 * up / cs.length : 10;
    path += `${c ? "H" + x.toFixed(1) : ""}V${y.toFixed(2)}`;
  }
  // Up to a cursor its consumer has had all: the step rises there.
  const drawn = svg(width, 10, shape("rect", "", {x: 0, y: 9, width, height: 1}), shape("path", "", {d: path + `H${width}V10Z`}));
  const groups = [];
  const size = $("overview").clientWidth || 600, near = 9 * parseFloat(getComputedStyle($("overview")).fontSize);
  for (const c of cs) {
    const x = place(c.cursor), last = groups.at(-1);
    if (last && (x - last.x) * size < near) last.cs.push(c); else groups.push({x, cs: [c]});
  }
  const marks = groups.map(g => {
    const right = g.cs.reduce((x, c) => Math.max(x, place(c.cursor)), 0), late = right > 0.8;
    const mark = make("b", (late ? "end " : "") + loud(g.cs), late ? tags(g.cs) + "▲" : "▲" + tags(g.cs));
    mark.style.left = (late ? right : g.x) * 100 + "%";
    return mark;
  });
  put("overview", drawn, ...marks);
  said($("overview"), `the whole list, head to tail: ` + (cs.map(c => `${c.name} is ${behind(c) ?? "?"} behind`).join(", ") || "no consumers"));
}

// ---- tables

function gauge(inside, capacity, boxes) {
  const slots = Math.min(boxes, capacity);
  let taken = inside == null ? 0 : Math.min(slots, Math.ceil(inside * slots / capacity));
  if (taken == slots && inside < capacity) taken--;
  const full = inside != null && inside >= capacity;
  const shown = make("span", "boxes " + (full ? "alarm" : ""), "■".repeat(taken), make("s", "", "□".repeat(slots - taken)));
  shown.ariaHidden = "true";
  return make("td", full ? "alarm" : "soft", shown, ` ${known(inside, count)}/${count(capacity)}`);
}

function drawConsumers(view) {
  const {s, rates} = view, cs = [...s.consumers.values()].sort((a, b) => a.id - b.id);
  const whole = Math.max(length(s), ...cs.map(c => behind(c) ?? lag(c)), 1);
  const held = new Set(length(s) ? cs.filter(c => c.cursor < s.head_seq).map(c => c.name) : []);
  text("consumers-n", String(cs.length));
  rows($("consumers"), cs, c => c.id, () => make("tr"), (tr, c) => {
    const inside = level(c), holds = held.has(c.name), weight = holds ? "warn" : behind(c) == 0 ? "soft" : "strong";
    const [word, look] = c.status == "failed" ? ["✗ crashed", "alarm"] : c.status == "stalled" ? ["‖ stalled", "warn"]
      : inside == null ? ["?", "soft"] : inside >= c.capacity ? ["■ full", "warn"] : behind(c) == 0 ? ["✓ caught up", "ok"] : ["● reads", ""];
    const fill = make("i"), bar = make("i", `bar ${weight}`, fill);
    bar.ariaHidden = "true";
    fill.style.width = Math.min(100, (behind(c) ?? 0) / whole * 100) + "%";
    tr.replaceChildren(make("td", "", named(c.tag, c.name)), make("td", `r ${weight}`, backlog(c)), gauge(inside, c.capacity, 3),
      make("td", `${look} ${look ? "strong" : ""}`, word), make("td", "r rate", rate(rates.get(c.id)?.now || 0)),
      make("td", "r wide soft", short(c.cursor)), make("td", "r widest soft", short(c.skipped)));
    tr.lastChild.append(bar);
    tr.firstChild.append(bar);
  });
}

function drawProducers(view) {
  const {s, rates} = view, ps = [...s.producers.values()].sort((a, b) => a.id - b.id);
  const speeds = ps.map(p => rates.get(p.id)), top = Math.max(0, ...speeds.flatMap(r => r ? r.bars : []));
  const all = speeds.reduce((sum, r) => sum + (r ? r.now : 0), 0);
  text("producers-n", `${ps.length}, ${rate(all)} in all` + (top ? `, bars to ${rate(top)}` : ""));
  rows($("producers"), ps, p => p.id, () => make("tr"), (tr, p) => {
    const [word, look] = p.status == "failed" ? ["✗ crashed", "alarm strong"] : p.blocked ? ["■ BLOCKED", "fill"]
      : p.pace && p.pace.done ? ["✓ done", "ok strong"] : p.level >= p.capacity && p.level != null ? ["■ full", "warn strong"] : ["● puts", ""];
    const r = rates.get(p.id), lately = make("td", `lately ${hue(p.tag)}`, steps(r ? r.bars : [], top, BARS));
    lately.firstChild.ariaHidden = "true";
    tr.replaceChildren(make("td", `hue ${hue(p.tag)}`, named(p.tag, p.name)), make("td", "r", rate(r ? r.now : 0)), gauge(p.level, p.capacity, 4),
      make("td", "", make("span", look, word)), make("td", "r wide soft", p.pace ? paceText(p.pace) : ""), make("td", "r widest soft", count(p.put)), lately);
  });
}

function young(left) {
  return left == null ? "too young" : left < 0.05 ? "just too young" : `${seconds(left)} too young`;
}

function drawCleaner(view) {
  const {s, now, passes} = view, c = s.cleaner, total = Object.values(c.evicted).reduce((a, b) => a + b, 0);
  text("cleaner-n", `${count(total)} evicted`);
  const left = c.due == null ? null : Math.max(0, c.due - now);
  text("due", left == null ? "no pass is planned" : `next pass in ${seconds(left)}`);
  $("due-bar").style.width = (left == null ? 0 : Math.min(1, left / s.settings.clean_every) * 100) + "%";
  let words = "it has not looked yet", look = "";
  if (c.passes) {
    const names = c.consumers.filter(name => s.consumers.has(name)).map(name => [s.consumers.get(name).tag, name]);
    const who = names.length == 1 ? named(...names[0]) : names.slice(0, 4).map(n => n[0]).join(" ") + (names.length > 4 ? ` and ${names.length - 4} more` : "");
    look = c.stop == "consumer" ? "warn strong" : "";
    words = c.stop == "empty" ? "nothing was left" : c.stop == "kept" ? "everything is kept"
      : c.stop == "age" ? `the head was ${young(passes.at(-1)?.seconds)}` : `${who || "a consumer"} ${names.length > 1 ? "have" : "has"} not had it`;
  }
  put("stopped", make("span", "soft", c.passes ? "stopped  " : ""), make("span", look, words));
  const bars = passes.slice(-BARS).map(p => p.evicted);
  put("took", steps([...new Array(Math.max(0, BARS - bars.length)).fill(0), ...bars], Math.max(1, ...bars), BARS));
  said($("took"), "").setAttribute("aria-hidden", "true");
  const evicted = ["expired", "limit", "left", "overflow"].filter(r => c.evicted[r]).map(r => `${count(c.evicted[r])} ${REASONS[r]}`);
  text("totals", evicted.join(" · ") || "nothing was evicted yet");
  const {retention, clean_every, max_messages, overflow} = s.settings;
  text("rule", [retention == null ? "keeps all" : `keeps ${secondsText(retention)}`, `looks every ${secondsText(clean_every)}`,
    ...max_messages == null ? [] : [`at most ${count(max_messages)}`, `then ${overflow}`]].join(" · "));
  rows($("passes"), passes.slice(-4), p => p.number, () => make("li"), (li, p) => {
    const stop = {empty: "nothing was left", kept: "all is kept", age: `the head was ${young(p.seconds)}`, consumer: `held by ${p.consumers.join(", ")}`}[p.stop];
    li.replaceChildren(make("span", "", moment(p.time - view.began)), make("span", "", p.evicted ? `took ${count(p.evicted)}` : "took nothing"), make("span", "", stop || ""));
  });
}

// ---- events

const LOUD = {failed: "alarm", violation: "alarm strong", blocked: "warn", stalled: "warn", skipped: "warn", note: "strong"};

// Whether a told event has a word of the filter: a tag or a number matches only itself.
function matches(line, term) {
  if (line.tags.some(tag => tag.toLowerCase() == term)) return true;
  const number = /^#?(\d+)$/.exec(term);
  if (number) return line.first <= +number[1] && +number[1] <= line.last;
  if (/^[pc]\d+$/.test(term)) return new RegExp(`\\b${term}\\b`).test(line.text.toLowerCase());
  return `${line.text} ${line.name} ${line.kind}`.toLowerCase().includes(term);
}

// Lines about these events: neighbours that are about the same messages are one ("C1 C3 got 41").
function lines(s, events, sought) {
  const told = [], terms = sought.toLowerCase().split(/\s+/).filter(Boolean);
  for (const e of events) {
    const said = sentence(s, e), last = told.at(-1);
    apply(s, e);
    if (!said) continue;
    const first = e.kind == "put" ? e.seq : e.first, end = e.kind == "put" ? e.seq + e.count - 1 : e.last;
    const line = {time: e.time, number: e.number, kind: e.kind, role: said.role, tags: said.tag ? [said.tag] : [], text: said.text,
      name: e.producer || e.consumer || e.name || "", first, last: end};
    if (!terms.every(term => matches(line, term))) continue;
    if (e.kind == "delivered" && last && last.kind == e.kind && last.first == first && last.last == end) {
      last.tags.push(...line.tags);
      last.text = `got ${span(first, end)}`;
    } else told.push(line);
  }
  return told;
}

function drawLog(view) {
  const log = $("log"), down = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
  rows(log, view.lines, l => l.number, () => make("li"), (li, l) => {
    if (li.dataset.said == l.tags.length + l.text) return;
    li.dataset.said = l.tags.length + l.text;
    li.className = l.role;
    const who = l.tags.length > 6 ? `${l.tags.slice(0, 6).join(" ")} and ${l.tags.length - 6} more` : l.tags.join(" ");
    const look = l.role == "producer" && l.tags.length == 1 ? `hue ${hue(l.tags[0])}` : "";
    li.replaceChildren(make("span", "", moment(l.time - view.began)), make("span", "",
      make("b", look, who), who ? " " : "", make("span", LOUD[l.kind] || (l.role == "queue" ? "soft" : ""), l.text)));
  });
  if (down) log.scrollTop = log.scrollHeight;
}

// ---- the scrub bar

function drawGraph(samples, marks, begin, end) {
  const width = 600, range = Math.max(1e-9, end - begin), x = time => (time - begin) / range * width;
  const lengths = new Array(width).fill(0), lags = new Array(width).fill(0);
  let column = 0, now = [0, 0];
  for (const [time, many, lag] of samples) {
    const at = Math.min(width - 1, Math.max(0, Math.floor(x(time))));
    while (column < at) { column++; lengths[column] = now[0]; lags[column] = now[1]; }
    now = [many, lag];
    lengths[at] = Math.max(lengths[at], many);
    lags[at] = Math.max(lags[at], lag);
  }
  while (++column < width) { lengths[column] = now[0]; lags[column] = now[1]; }
  const most = Math.max(1, ...lengths, ...lags), y = value => (30 - 29 * value / most).toFixed(1);
  const top = make("span", "top", `length to ${short(Math.max(0, ...lengths))}`), lagtop = make("span", "lagtop", `lag to ${short(Math.max(0, ...lags))}`);
  const head = make("div");
  head.id = "head";
  const area = () => shape("path", "length", {d: "M0 30" + lengths.map((v, n) => `V${y(v)}H${n + 1}`).join("") + "V30Z"});
  const played = svg(width, 30, area());
  played.setAttribute("class", "played");
  put("graph", svg(width, 30, area()), played, svg(width, 30, shape("path", "lag", {d: "M0 " + y(lags[0]) + lags.map((v, n) => `V${y(v)}H${n + 1}`).join("")}),
    ...marks.slice(-300).map(([, time, kind]) => shape("rect", "mark " + kind, {x: x(time), y: 0, width: 1.2, height: kind == "violation" ? 30 : 4}))), top, lagtop, head);
}

// ---- threads, story, question

function drawThreads(t) {
  text("threads-n", `${t.tasks.length}, ${t.tasks.filter(one => one.able).length} can go on · step ${t.steps} · ${plural(t.preemptions, "preemption")}`);
  const marks = {running: ["● running", "ok"], ready: ["→ ready", "ok"], blocked: ["■ blocked", "warn"], waits: ["‖ waits", "soft"], sleeping: ["‖ sleeping", "soft"]};
  rows($("tasks"), t.tasks, one => one.id, () => make("tr"), (tr, one) => {
    const [word, look] = marks[one.state] || [one.state, "soft"];
    tr.className = one.chosen ? "picked" : "";
    tr.replaceChildren(make("td", "", `${one.id} ${one.name}`), make("td", look, word), make("td", "", one.words + (one.holds.length ? ` · holds ${one.holds.join(" ")}` : "")));
  });
  text("place", t.source ? t.source.title : "");
  put("source", ...(t.source ? t.source.lines : []).map(([n, line]) => make("span", n == t.source.here ? "here" : "", `${String(n).padStart(4)} ${line}\n`)));
  $("source").hidden = !t.source;
  put("locks", ...t.cycles.map(c => make("li", "alarm strong", `DEADLOCK: ${[...c, c[0]].join(" → ")}`)), ...t.told.map(words => make("li", "soft", words)));
}

function drawStory(story, n) {
  const at = story.turns.findLastIndex(turn => turn.number <= n);
  text("failure", story.title);
  rows($("turns"), story.turns, turn => story.turns.indexOf(turn), () => make("li"), (li, turn) => {
    if (!li.firstChild) li.append(make("span", "", turn.text));
    if (story.turns[at] == turn) li.setAttribute("aria-current", "step"); else li.removeAttribute("aria-current");
  });
}

function drawPoll(p, answer) {
  $("poll").hidden = !p || !p.choices.length;
  if ($("poll").hidden) return;
  text("question", p.question);
  const all = p.counts ? p.counts.reduce((a, b) => a + b, 0) : 0;
  rows($("choices"), p.choices.map((words, n) => [n, words]), c => `${p.id} ${c[0]}`, ([n]) => {
    const button = make("button");
    button.onclick = () => answer(p.id, n);
    return button;
  }, (button, [n, words]) => {
    const share = make("i", "share"), mark = p.right == n ? "✓" : String.fromCharCode(65 + n % 26);
    share.style.width = (all ? p.counts[n] / all * 100 : 0) + "%";
    button.disabled = !p.open;
    button.setAttribute("aria-pressed", String(p.yours === n));
    button.replaceChildren(share, make("b", p.right == n ? "ok" : "soft", mark), make("span", "", words), make("span", "count", p.counts ? count(p.counts[n]) : ""));
  });
  text("poll-note", p.open ? p.yours == null ? "choose an answer; you can change it until it is closed" : "answered; you can change it until it is closed"
    : p.counts ? `closed; ${plural(all, "answer")}` : "closed");
}

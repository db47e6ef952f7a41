"use strict";
// The player: what is heard, where one stands in it, and the keys.

const THEMES = ["dark", "light", "projector", "colour-blind"];
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 100];
const WINDOW = 400; // events that the log looks back over; under a filter twenty times as many
const history_ = new History();
let at = 0; // the number of the last event that is shown
let now = 0; // seconds of the session's clock
let step = -1; // in a step session: which of its threads lines is shown
let following = false, playing = false, speed = 1; // following: the newest, as it comes
let live = false; // connected to a relay
let over = ""; // why the stream has ended
let heard = 0, clockSpeed = 1; // when the last line came, and how fast the far clock goes
let picked = null, story = null, poll = null, sought = "", dirty = true, drawn = 0, graphed = 0, socket = null, tries = 0;
let view = null, graphedOf = "", ready = false; // ready: a recording has been read to its end

function time() {
  if (!following || over || !live) return now;
  return history_.end + Math.min(1.2, (performance.now() - heard) / 1000) * clockSpeed;
}

function go(n) {
  following = false;
  at = Math.min(Math.max(n, history_.first), history_.last);
  now = history_.timeOf(at);
  step = history_.threads.findLastIndex(one => one[0] <= at);
  dirty = true;
}

function seek(seconds) {
  following = false;
  now = Math.min(Math.max(seconds, history_.begin), history_.end);
  at = history_.atTime(now);
  step = history_.threads.findLastIndex(one => one[0] <= at);
  dirty = true;
}

function toStep(n) {
  following = false;
  step = Math.min(Math.max(n, 0), history_.threads.length - 1);
  at = history_.threads[step][0];
  now = history_.threads[step][1].time;
  dirty = true;
}

const stepping = () => history_.threads.length > 0;

function move(direction, notable) {
  play(false);
  if (stepping() && !notable) toStep((step < 0 ? history_.threads.length - 1 : step) + direction);
  else go(history_.next(at, direction, notable));
}

function play(on) {
  if (on && !live && at >= history_.last && now >= history_.end) seek(history_.begin);
  if (on && stepping() && step >= history_.threads.length - 1) toStep(0);
  if (on && following) return;
  if (!on && following) { now = time(); at = history_.last; following = false; }
  playing = on;
  dirty = true;
}

function follow() {
  following = live;
  playing = live;
  if (!live) { at = history_.last; now = history_.end; step = history_.threads.length - 1; playing = false; }
  dirty = true;
}

function pick(seq) {
  picked = picked === seq ? null : seq;
  dirty = true;
}

function pace(direction) {
  speed = SPEEDS[Math.min(Math.max(SPEEDS.indexOf(speed) + direction, 0), SPEEDS.length - 1)];
  dirty = true;
}

// ---- a frame

function frame() {
  const wall = performance.now(), elapsed = Math.min(0.25, (wall - drawn) / 1000);
  if (wall - drawn < 60 && !dirty) return requestAnimationFrame(frame);
  drawn = wall;
  if (playing && !following && history_.header) advance(elapsed * speed);
  if (dirty || following && (live && !over)) draw();
  requestAnimationFrame(frame);
}

let carried = 0;
function advance(seconds) {
  dirty = true;
  if (stepping()) {
    carried += seconds * 3; // three steps a second
    while (carried >= 1) { carried--; toStep(step + 1); }
    if (step >= history_.threads.length - 1) playing = false;
    return;
  }
  now = Math.min(now + seconds, history_.end);
  at = Math.max(at, history_.atTime(now));
  if (now < history_.end) return;
  if (live && !over) follow(); else playing = false;
}

function draw() {
  dirty = false;
  if (!history_.header || !ready) return;
  if (following) { at = history_.last; now = time(); step = history_.threads.length - 1; }
  if (at < history_.first) go(history_.first);
  const s = history_.stateAt(at), began = history_.header.began || 0;
  const fresh = history_.between(at - 800, at, 800);
  tail = s.tail_seq;
  view = {s, now, began, speed: following ? 1 : speed, picked, rates: history_.rates(at, now), passes: fresh.filter(e => e.kind == "cleaner_pass"), ghosts: ghosts(s, fresh)};
  const back = sought ? WINDOW * 20 : WINDOW, events = history_.between(at - back, at, back);
  const start = events.length ? history_.stateAt(events[0].number - 1) : s;
  view.lines = lines(start, events, sought).slice(-80);
  drawHeader(view);
  drawOverview(s);
  drawList(view);
  drawConsumers(view);
  drawProducers(view);
  drawCleaner(view);
  drawLog(view);
  text("events-n", sought ? plural(view.lines.length, "line") : `${count(at)} so far`);
  drawSheet(view);
  drawCaption(view, fresh);
  $("threads").hidden = step < 0;
  if (step >= 0) drawThreads(history_.threads[step][1]);
  $("story").hidden = !story;
  if (story) drawStory(story, at);
  drawPlayer(began);
}

// What was evicted a moment ago: at most six, with the tags of their producers.
function ghosts(s, fresh) {
  const since = now - GHOST * Math.max(1, following ? 1 : speed), gone = fresh.filter(e => e.kind == "evicted" && e.time > since);
  if (!gone.length) return [];
  const before = history_.stateAt(gone[0].number - 1), shown = [];
  for (let seq = Math.max(gone[0].first, gone.at(-1).last - 5); seq <= gone.at(-1).last; seq++) {
    const node = nodeOf(before, seq) || nodeOf(s, seq);
    shown.push({ghost: true, seq, count: 1, tag: node ? node.tag : ""});
  }
  return shown;
}

function drawHeader({s, began}) {
  const header = history_.header, behindLive = Math.max(0, history_.end - now);
  const lost = live && !socket && !over, running = following && !lost && !over;
  const name = lost ? "✗ GONE" : running ? clockSpeed ? "● LIVE" : "‖ PAUSED" : over && at >= history_.last ? "■ ENDED"
    : `${playing ? "●" : "‖"} ${stepping() ? "STEP" : `REPLAY −${behindLive.toFixed(1)} s`}`;
  text("mode", name);
  $("mode").dataset.is = lost ? "gone" : running ? clockSpeed ? "live" : "paused" : "";
  text("title", header.title || "msgmux");
  if (document.title != (header.title || "msgmux")) document.title = header.title || "msgmux";
  const clock = moment(now - began);
  text("clock", clock.includes(":") ? clock : clock + " s");
  text("badge", header.runtime == "virtual" ? "EXACT" : "THREADS");
  const verdict = history_.judged(at, 40), broken = verdict ? [...verdict.broken.keys()] : [];
  const groups = Object.keys(GROUPS).filter(g => !broken.some(name => GROUP_OF[name] == g)).length;
  $("checks").hidden = false;
  $("checks").className = broken.length ? "fill" : verdict ? "" : "soft";
  put("checks", make("span", broken.length || !verdict ? "" : "ok", broken.length ? "✗ " : verdict ? "✓ " : "… "), broken.length ? `${broken[0]} VIOLATED` : String(groups), make("span", "long", broken.length ? "" : " invariants"));
  if (!verdict) dirty = true; // it goes on with the next frame
}

function drawSheet({s, now, began}) {
  $("sheet").hidden = picked == null;
  if (picked == null) return;
  const told = make("dl");
  for (const [label, words, loud] of facts(s, picked, now, began)) {
    told.append(make("dt", "", label), make("dd", label == "why" ? "why" : loud ? "warn" : label == "payload" ? "strong" : "", words));
  }
  const close = $("sheet").querySelector("button") || make("button", "", "close");
  close.onclick = () => pick(picked);
  const head = $("sheet").firstChild || make("div");
  if (!head.firstChild) head.append(make("b", "", ""), " ", close);
  head.firstChild.textContent = `message #${count(picked)}`;
  if (!$("sheet").firstChild) $("sheet").append(head, told);
  else if ($("sheet").lastChild.textContent != told.textContent) $("sheet").lastChild.replaceWith(told);
}

let said_ = [0, null];
function drawCaption({s, now}, fresh) {
  let words = "", cls = "";
  const violation = fresh.findLast(e => e.kind == "violation"), note = fresh.findLast(e => e.kind == "note" && e.about == "say");
  if (over && following) [words, cls] = [over, "alarm"];
  else if (violation && at - violation.number < 2) [words, cls] = [`VIOLATED: ${violation.invariant}: ${violation.detail}`, "alarm"];
  else if (stepping() && step >= 0 && history_.threads[step][1].said) [words, cls] = [history_.threads[step][1].said, "plain"];
  else if (note && now - note.time < Math.max(2, note.text.length / 15) * Math.max(1, speed)) [words, cls] = [note.text, "said"];
  else words = whyHead(s, now);
  // A screen reader is told of what is said, not of every tenth of a second that passes.
  $("caption").setAttribute("aria-live", cls ? "polite" : "off");
  $("caption").className = cls;
  text("caption", words);
}

function drawPlayer(began) {
  const bar = $("at"), threads = history_.threads.length;
  text("speed", "×" + speed);
  text("play", playing || following ? "‖" : "▶");
  $("play").setAttribute("aria-label", playing || following ? "pause" : "play");
  $("live").setAttribute("aria-pressed", String(following));
  $("live").textContent = live ? "● live" : "end";
  bar.min = threads ? 0 : history_.begin;
  bar.max = threads ? threads - 1 : history_.end;
  bar.step = threads ? 1 : 0.05;
  if (document.activeElement != bar || following || playing) bar.value = threads ? step : now;
  const where = threads ? `step ${step + 1} of ${count(threads)}` : `event ${count(at)} of ${count(history_.last)}`;
  text("where", where);
  bar.setAttribute("aria-valuetext", `${moment(now - began)} seconds, ${where}, ${plural(length(view.s), "message")}`);
  const key = `${history_.samples.length} ${history_.end} ${threads}`;
  if (key != graphedOf && (!following || performance.now() - graphed > 450)) {
    graphed = performance.now();
    graphedOf = key;
    const samples = threads ? history_.threads.map(([n], at) => [at, ...stepSample(n)]) : history_.samples;
    drawGraph(samples, threads ? [] : history_.marks, +bar.min, +bar.max);
  }
  const share = (+(threads ? step : now) - bar.min) / Math.max(1e-9, bar.max - bar.min);
  $("head").style.left = share * 100 + "%";
  $("graph").style.setProperty("--at", share * 100 + "%");
}

const stepSamples = new Map();
function stepSample(n) {
  if (!stepSamples.has(n)) { const s = history_.stateAt(n); stepSamples.set(n, [length(s), s.tail_seq - slowest(s)]); }
  return stepSamples.get(n);
}

// ---- what is heard

function hear(line) {
  const kind = line.kind;
  if (kind == "header") { history_.take(line); stepSamples.clear(); story = null; over = ""; picked = null; if (live) follow(); }
  else if (kind == "viewers") text("viewers", plural(line.count, "viewer"));
  else if (kind == "held") { $("held").hidden = !line.text; text("held", line.text); document.querySelectorAll("header, main, footer").forEach(one => { one.inert = !!line.text; }); }
  else if (kind == "poll") { poll = line; drawPoll(poll, answer); }
  else if (kind == "card") { $("card").hidden = !line.text; text("card-h", line.title); put("card-text", ...line.text.split(/\n{2,}/).map(one => make("p", "", one))); }
  else if (kind == "story") story = line;
  else if (kind == "told") { $("notice").hidden = false; text("notice", line.text); }
  else if (kind == "end") { over = line.text || "the session has ended; its past is here"; }
  else if (history_.header && history_.take(line) && kind == "tick") clockSpeed = line.speed ?? 1;
  heard = performance.now();
  dirty = true;
}

function answer(id, choice) {
  if (socket && socket.readyState == 1) socket.send(JSON.stringify({want: "answer", poll: id, choice}));
}

function connect() {
  if (!location.protocol.startsWith("http")) return;
  const url = new URL("events", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = url.hash = "";
  const opened = new WebSocket(url);
  opened.onopen = () => { tries = 0; opened.send('{"want":"follow","version":1}'); };
  opened.onmessage = message => {
    socket = opened;
    for (const line of String(message.data).split("\n")) {
      if (!line.trim() || line[0] == "#") continue;
      try { hear(JSON.parse(line)); } catch (error) { console.warn("a line that can't be read", error); }
    }
  };
  opened.onclose = () => {
    socket = null;
    dirty = true;
    // Not all at once after the relay has come back.
    if (!over) setTimeout(connect, Math.min(30, 2 ** tries++) * 1000 * (0.5 + Math.random()));
  };
}

async function open(data) {
  const bytes = Uint8Array.from(atob(data.textContent.trim()), c => c.charCodeAt(0)), blob = new Blob([bytes]);
  const reader = blob.stream().pipeThrough(new DecompressionStream("gzip")).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const all = rest + part.value, end = all.lastIndexOf("\n") + 1;
    rest = all.slice(end);
    if (end) history_.load(all.slice(0, end));
  }
  if (rest) history_.load(rest + "\n");
  history_.loaded();
  ready = true;
  const beside = $("beside");
  if (beside) for (const line of await unpacked("beside").json()) hearBeside(line);
  $("keep").hidden = false;
  $("keep").onclick = () => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([bytes], {type: "application/gzip"}));
    link.download = data.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const wanted = /^#(\d+)$/.exec(location.hash), when = /^#t=([\d.]+)$/.exec(location.hash);
  if (wanted) go(+wanted[1]); else if (when) seek(+when[1]); else if (stepping()) toStep(0); else { seek(history_.begin); play(true); }
}

// Lines of a page beside its recording: [after which event, line].
function hearBeside([after, line]) {
  if (line.kind == "threads") history_.threads.push([after, line]); else hear(line);
}

// ---- keys

const KEYS = [["space", "play, pause"], ["b n", "one event back, on"], ["B N", "to the last, the next notable event"], [", .", "slower, faster"],
  ["l", "the present, or the end"], ["g", "go to a time (12.5s), a message (#41) or an event (120)"], ["/", "filter the events"],
  ["← →", "in the list: an older, a newer message"], ["enter", "who has had a message, and why it is still here"], ["escape", "close"], ["v", "the next theme"], ["i", "the invariants"], ["?", "this"]];

function show(title, ...inside) {
  text("dialog-h", title);
  put("dialog-text", ...inside);
  $("dialog").showModal();
}

function help() {
  const list = make("dl");
  for (const [keys, words] of KEYS) list.append(make("dt", "", make("kbd", "", keys)), make("dd", "", words));
  show("keys", list);
}

function showChecks() {
  const list = make("dl"), verdict = history_.judged(at) || {counts: {}, broken: new Map()};
  for (const [name, words] of verdict.broken) list.append(make("dt", "alarm strong", "✗ " + name), make("dd", "alarm", `BROKEN: ${words}`));
  for (const group in GROUPS) {
    if ([...verdict.broken.keys()].some(name => GROUP_OF[name] == group)) continue;
    list.append(make("dt", "ok strong", "✓ " + group), make("dd", "", `held ${count(verdict.counts[GROUPS[group]] || 0)} times: `, make("span", "soft", MEANINGS[group])));
  }
  show("invariants", list);
}

function goTo() {
  const field = make("input"), form = make("form", "", field, " ", make("button", "", "go"));
  said(field, "a time (12.5s), a message (#41) or an event (120)");
  form.onsubmit = event => {
    event.preventDefault();
    const wanted = field.value.trim(), found = /^([\d.]+) ?s$/.exec(wanted), seq = /^#(\d+)$/.exec(wanted);
    $("dialog").close();
    play(false);
    if (found) seek(+found[1] + (history_.header.began || 0));
    else if (seq) { picked = +seq[1]; const e = history_.between(history_.first, history_.last).find(e => e.kind == "put" && e.seq + e.count > +seq[1]); if (e) go(e.number); }
    else if (/^\d+$/.test(wanted)) go(+wanted);
  };
  show("go to a time (12.5s), a message (#41) or an event (120)", form);
  field.focus();
}

function theme() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const known = root.dataset.theme || (dark ? "dark" : "light");
  root.dataset.theme = THEMES[(THEMES.indexOf(known) + 1) % THEMES.length];
  try { localStorage.setItem("msgmux-theme", root.dataset.theme); } catch { /* a page from a file may have none */ }
  dirty = true;
}

function choose(direction) {
  if (!view || !length(view.s)) return;
  const s = view.s, from = picked ?? s.tail_seq + (direction < 0 ? 1 : 0), seqs = s.nodes.map(n => n.seq);
  picked = direction < 0 ? seqs.findLast(seq => seq < from) ?? seqs[0] : seqs.find(seq => seq > from) ?? seqs.at(-1);
  draw();
  document.querySelector("#chain .picked")?.focus({preventScroll: false});
}

const DO = {" ": () => play(!(playing || following)), b: () => move(-1), n: () => move(1), B: () => move(-1, true), N: () => move(1, true),
  ",": () => pace(-1), ".": () => pace(1), l: follow, g: goTo, "/": () => $("filter").focus(), v: theme, i: showChecks, "?": help};

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  const target = event.target, typing = target.matches("input:not([type=range])");
  if (event.key == "Escape") {
    if (typing) { target.value = sought = ""; target.blur(); }
    picked = null;
    dirty = true;
  } else if (!typing && target.closest("#chain") && (event.key == "ArrowLeft" || event.key == "ArrowRight")) {
    choose(event.key == "ArrowLeft" ? -1 : 1);
    event.preventDefault();
  } else if (!typing && Object.hasOwn(DO, event.key) && !(event.key == " " && target.matches("button"))) {
    event.preventDefault();
    DO[event.key]();
  }
});

$("at").oninput = () => { playing = false; if (stepping()) toStep(+$("at").value); else seek(+$("at").value); };
$("filter").oninput = () => { sought = $("filter").value; dirty = true; };
for (const [id, act] of Object.entries({play: DO[" "], back: DO.b, on: DO.n, "far-back": DO.B, "far-on": DO.N, slower: DO[","], faster: DO["."],
  live: follow, theme, help, checks: showChecks})) $(id).onclick = act;
addEventListener("resize", () => { dirty = true; });
try {
  const known = localStorage.getItem("msgmux-theme");
  if (THEMES.includes(known)) document.documentElement.dataset.theme = known;
} catch { /* as above */ }

const inside = $("recording");
if (inside) open(inside); else { live = following = ready = true; connect(); }
requestAnimationFrame(frame);

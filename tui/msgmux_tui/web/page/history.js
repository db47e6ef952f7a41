"use strict";
// What has been heard: blocks of events, each with the state before it. A recording's blocks begin at its key frames and
// stay text until they are looked at, so a long one opens as soon as it is unpacked; live events are kept as they come.

const BARS = 40; // bars of a sparkline
const OPEN = 64; // blocks of a recording that are kept parsed
const MOST = 200000; // live events that are kept
const SAMPLES = 6000; // points of the scrub bar
const FRAME_HEAD = /^{"kind":"key_frame","time":([-+.\de]+),"state":{"event":(\d+),"head_seq":(\d+),"tail_seq":(\d+),/;
const NOTABLE = new Set(["skipped", "violation", "producer_registered", "consumer_registered", "producer_unregistered",
  "consumer_unregistered", "settings_changed", "stalled", "resumed", "failed", "expected", "queue_closed", "note",
  "commanded"]);

class History {
  constructor() { this.clear(); }

  clear() {
    this.header = null;
    this.blocks = [];
    this.samples = []; // [time, length, lag]
    this.marks = []; // [number, time, kind]: notes and violations
    this.threads = []; // [number of the event before, line]
    this.state = null; // after all that has been heard
    this.end = this.begin = this.last = this.first = 0;
    this.opened = [];
    this.weight = 0;
  }

  // One parsed line. Returns whether it belongs to the history.
  take(line) {
    switch (line.kind) {
      case "header":
        this.clear();
        this.header = line;
        this.state = read(line.start);
        this.begin = this.end = this.started = line.began || 0;
        this.first = this.last = this.state.event;
        this.block(this.state, this.begin);
        return true;
      case "key_frame":
        this.state = read(line.state);
        this.end = line.time;
        this.last = Math.max(this.last, this.state.event);
        this.block(this.state, line.time);
        this.sample();
        return true;
      case "tick":
        this.end = Math.max(this.end, line.time);
        return true;
      case "threads":
        this.threads.push([this.last, line]);
        this.end = Math.max(this.end, line.time);
        return true;
    }
    if (!(line.number > this.last)) return typeof line.number == "number";
    apply(this.state, line);
    this.last = line.number;
    if (this.blocks.length == 1 && !this.blocks[0].events.length && !this.started) this.begin = line.time;
    this.end = Math.max(this.end, line.time);
    const block = this.blocks.at(-1);
    block.events.push(line);
    note(block, line, this.marks);
    this.sample();
    if (block.events.length >= FRAME) this.block(this.state, this.end);
    return true;
  }

  block(state, time) {
    this.blocks.push({number: state.event, time, state: copy(state), events: [], ...blank()});
    if (this.blocks.length * FRAME > MOST + FRAME * 40) this.forget(40);
  }

  forget(count) {
    this.blocks.splice(0, count);
    this.first = this.blocks[0].number;
    this.begin = this.blocks[0].time;
    this.marks = this.marks.filter(mark => mark[0] > this.first);
    this.threads = this.threads.filter(one => one[0] >= this.first);
    this.samples = this.samples.filter(one => one[0] >= this.begin);
  }

  sample(state = this.state, time = this.end) {
    const row = [time, length(state), state.tail_seq - slowest(state)], last = this.samples.at(-1);
    if (last && time - last[0] < this.weight) {
      last[1] = Math.max(last[1], row[1]);
      last[2] = Math.max(last[2], row[2]);
      return;
    }
    this.samples.push(row);
    if (this.samples.length < SAMPLES) return;
    // Every two become one, and from now on points are twice as far apart.
    this.weight = Math.max(this.weight * 2, 2 * (time - this.samples[0][0]) / SAMPLES);
    this.samples = this.samples.filter((_, n) => n % 2).map((one, n) => {
      const before = this.samples[2 * n];
      return [one[0], Math.max(one[1], before[1]), Math.max(one[2], before[2])];
    });
  }

  // Whole lines of a recording; those between two key frames stay text.
  load(text) {
    let at = 0;
    while (!this.header) {
      const end = text.indexOf("\n", at);
      if (end < 0) return;
      const line = text.slice(at, end);
      at = end + 1;
      if (!line || line[0] == "#") continue;
      this.take(JSON.parse(line));
      this.blocks[0].events = null;
    }
    while (at < text.length) {
      const next = text.indexOf('\n{"kind":"key_frame"', at) + 1;
      const upto = text.startsWith('{"kind":"key_frame"', at) ? at : next || text.length;
      if (upto > at) this.blocks.at(-1).texts.push(text.slice(at, upto));
      if (upto == text.length) return;
      const end = text.indexOf("\n", upto) + 1 || text.length;
      this.frame(text.slice(upto, end));
      at = end;
    }
  }

  frame(line) {
    let found = FRAME_HEAD.exec(line);
    const nodes = line.lastIndexOf('"nodes":[');
    if (!found || nodes < 0) {
      const {time, state} = JSON.parse(line);
      found = [0, time, state.event, state.head_seq, state.tail_seq];
    }
    const [, time, number, head, tail] = found.map(Number);
    this.blocks.push({number, time, raw: line, ...blank(), texts: []});
    const cursors = [...line.slice(0, nodes).matchAll(/"cursor":(\d+)/g)].map(one => +one[1]);
    this.samples.push([time, tail - head + 1, cursors.length ? tail - Math.min(...cursors) : 0]);
  }

  // After the last load: what is short is looked at as a whole, of a long one only the end.
  loaded() {
    const size = this.blocks.reduce((sum, block) => sum + block.texts.reduce((all, text) => all + text.length, 0), 0);
    if (size < 8e6) {
      const texts = this.blocks.flatMap(block => [block.raw || "", ...block.texts]);
      this.take(this.header);
      for (const text of texts) for (const line of text.split("\n")) if (!this.line(line)) return;
      return;
    }
    this.events(this.blocks.at(-1)); // it may be divided
    const block = this.blocks.at(-1);
    this.state = copy(this.stateOf(block));
    for (const e of block.events) apply(this.state, e);
    this.last = this.state.event;
    this.end = block.events.reduce((latest, e) => Math.max(latest, e.time), block.time);
    if (!this.started) this.begin = Math.min(...this.events(this.blocks[0]).slice(0, 1).map(e => e.time), this.end);
    this.sample();
  }

  // One line of text. Returns false where it is damaged: what comes after it can't be trusted.
  line(text) {
    if (!text.trim() || text[0] == "#") return true;
    try {
      this.take(JSON.parse(text));
      return true;
    } catch {
      return false;
    }
  }

  stateOf(block) {
    if (!block.state) block.state = read(JSON.parse(block.raw).state);
    return block.state;
  }

  // The events of a block, which is divided where it is long.
  events(block) {
    if (block.events) return block.events;
    const events = [], state = copy(this.stateOf(block));
    let number = block.number;
    for (const text of block.texts) {
      for (const line of text.split("\n")) {
        if (!line.trim() || line[0] == "#") continue;
        let e;
        try { e = JSON.parse(line); } catch { break; }
        if (e.number > number) events.push(e), number = e.number;
      }
    }
    block.bars = new Map();
    for (const e of events) note(block, e, block.noted ? null : this.marks);
    block.noted = true;
    block.events = events;
    if (events.length > 8 * FRAME) {
      const parts = [];
      for (let n = 0; n < events.length; n += FRAME) {
        const part = events.slice(n, n + FRAME);
        const made = {number: state.event, time: n ? events[n - 1].time : block.time, state: copy(state), events: part,
          ...blank()};
        for (const e of part) apply(state, e), note(made, e, null);
        parts.push(made);
      }
      this.blocks.splice(this.blocks.indexOf(block), 1, ...parts);
    } else if (block.raw) {
      this.opened.push(block);
      if (this.opened.length > OPEN) {
        const old = this.opened.shift();
        old.events = old.state = null;
      }
    }
    return events;
  }

  // The index of the block that holds what comes right after the event n.
  at(n, key = "number") {
    let low = 0, high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.blocks[middle][key] <= n) low = middle + 1; else high = middle;
    }
    return Math.max(0, low - 1);
  }

  stateAt(n) {
    if (n >= this.last) return copy(this.state);
    let block = this.blocks[this.at(n)];
    this.events(block);
    block = this.blocks[this.at(n)];
    const state = copy(this.stateOf(block));
    for (const e of this.events(block)) {
      if (e.number > n) break;
      apply(state, e);
    }
    return state;
  }

  // The events after `after` up to `upto`, at most the last `most`.
  between(after, upto, most = Infinity) {
    const found = [];
    for (let n = this.at(upto); n >= 0 && found.length < most; n--) {
      this.events(this.blocks[n]);
      const events = this.blocks[n].events || [];
      for (let m = events.length - 1; m >= 0 && found.length < most; m--) {
        if (events[m].number <= after) return found.reverse();
        if (events[m].number <= upto) found.push(events[m]);
      }
      if (this.blocks[n].number <= after) break;
    }
    return found.reverse();
  }

  // The number of the last event up to that time.
  atTime(time) {
    if (time >= this.end) return this.last;
    const events = this.events(this.blocks[this.at(time, "time")]);
    const block = this.blocks[this.at(time, "time")];
    let found = block.number;
    for (const e of block.events || events) if (e.time <= time) found = Math.max(found, e.number);
    return Math.max(found, this.first);
  }

  timeOf(n) {
    const e = this.between(n - 1, n, 1)[0];
    return e ? e.time : n <= this.first ? this.begin : this.blocks[this.at(n)].time;
  }

  // The next event in a direction that a step stops at; `notable`: only one of those.
  next(n, direction, notable) {
    const stops = e => notable ? NOTABLE.has(e.kind) : e.kind != "levels";
    for (let at = this.at(direction > 0 ? n : n - 1); at >= 0 && at < this.blocks.length; at += direction) {
      const number = this.blocks[at].number;
      this.events(this.blocks[at]);
      if (direction < 0) at = this.at(number); // it may have been divided
      const events = this.blocks[at].events;
      const found = direction > 0 ? events.find(e => e.number > n && stops(e))
        : events.findLast(e => e.number < n && stops(e));
      if (found) return found.number;
    }
    return direction > 0 ? this.last : this.first;
  }

  // By registration: messages in each of the last bars, oldest first, and how many a second now.
  rates(n, time) {
    const newest = bar(time), counts = new Map(), born = new Map();
    const add = (id, at, count) => {
      if (at <= newest - BARS || at > newest) return;
      if (!counts.has(id)) counts.set(id, new Array(BARS).fill(0));
      counts.get(id)[BARS - 1 - newest + at] += count;
    };
    for (let at = this.at(n); at >= 0; at--) {
      let block = this.blocks[at];
      if (!block.events && !block.noted) this.events(block);
      block = this.blocks[at] || block;
      const upto = this.blocks[at + 1];
      if (upto && upto.number <= n) {
        for (const [id, bars] of block.bars) for (const [one, count] of bars) add(id, one, count);
        for (const [id, when] of block.born) born.set(id, when);
      } else {
        for (const e of this.events(block)) {
          if (e.number > n) break;
          if (e.kind == "put") add(e.id, bar(e.time), e.count);
          else if (e.kind == "delivered") add(e.id, bar(e.time), e.last - e.first + 1);
          else if (e.kind.endsWith("_registered")) born.set(e.id, e.time);
        }
      }
      if (block.time < time - BARS * BAR) break;
    }
    const rates = new Map();
    for (const [id, bars] of counts) {
      const from = Math.max((newest - 4) * BAR, born.get(id) ?? -Infinity, this.begin), span = time - from;
      const lately = bars.slice(-5).reduce((a, b) => a + b);
      rates.set(id, {now: span > 0 ? lately / span : 0, bars: bars.map(count => count / BAR)});
    }
    return rates;
  }

  // What the invariants say up to the event n; null while there is more to look at than `budget` blocks.
  judged(n, budget = Infinity) {
    const counts = {}, broken = new Map(), upto = this.at(n);
    for (let at = 0; at <= upto; at++) {
      let block = this.blocks[at];
      if (!block.verdict || at == upto) {
        if (budget-- <= 0) return null;
        this.events(block);
        block = this.blocks[at];
        const judge = judging(this.stateOf(block));
        let whole = true;
        for (const e of block.events) {
          if (e.number > n) { whole = false; break; }
          judge.look(e);
        }
        block.verdict = whole && at < this.blocks.length - 1 ? judge : null;
        merge(judge);
      } else merge(block.verdict);
    }
    return {counts, broken};
    function merge(judge) {
      for (const name in judge.counts) if (!broken.has(name)) counts[name] = (counts[name] || 0) + judge.counts[name];
      for (const [name, words] of judge.broken) if (!broken.has(name)) broken.set(name, words);
    }
  }
}

const bar = time => Math.ceil(time / BAR - 1e-9) - 1; // a border belongs to the earlier bar
const blank = () => ({bars: new Map(), born: new Map(), texts: [], verdict: null, noted: false});

// What is remembered of a block even when its events are not.
function note(block, e, marks) {
  const count = e.kind == "put" ? e.count : e.kind == "delivered" ? e.last - e.first + 1 : 0;
  if (count) {
    const at = bar(e.time);
    if (!block.bars.has(e.id)) block.bars.set(e.id, new Map());
    block.bars.get(e.id).set(at, (block.bars.get(e.id).get(at) || 0) + count);
  } else if (e.kind.endsWith("_registered")) block.born.set(e.id, e.time);
  else if (marks && (e.kind == "violation" || e.kind == "note" && (e.about == "say" || e.about == "marker"))) {
    marks.push([e.number, e.time, e.kind]);
  }
}

"use strict";
// The fold of core/msgmux/state.py: a test holds the two equal. Records are replaced, never changed, so a copy of a
// state is shallow. Names come from outside, so they are keys of a Map and never of an object.

const FRAME = 500; // events between two states that are kept
const NODES = 2000; // the newest nodes that a state lists, as in Python
const BAR = 0.5; // seconds of one bar of a rate

function read(told) {
  // By registration: an object has names that look like numbers first, whatever order they came in.
  const by = map => new Map(Object.entries(map).sort(([, a], [, b]) => a.id - b.id));
  const s = {...told, producers: by(told.producers), consumers: by(told.consumers), nodes: told.nodes.slice()};
  const samples = [...s.producers.values()].map(p => p.level).concat([...s.consumers.values()].map(c => c.taken));
  s.fresh = samples.some(sample => sample == null) ? null : 0; // the level of a channel that nobody has told of yet
  return s;
}

const copy = s => ({...s, producers: new Map(s.producers), consumers: new Map(s.consumers), nodes: s.nodes.slice()});

function patch(map, name, change) {
  const known = map.get(name);
  if (known) map.set(name, {...known, ...change});
}

const actors = (s, role) => role == "producer" ? s.producers : s.consumers;
const number = (tag, letter) => tag[0] == letter && /^\d+$/.test(tag.slice(1)) ? +tag.slice(1) : 0;

const STEPS = {
  producer_registered(s, e) {
    s.producers.set(e.name, {name: e.name, id: e.id, tag: e.tag, capacity: e.capacity, put: 0, blocked: false,
      status: "running", pace: null, level: s.fresh});
    s.producer_tags = Math.max(s.producer_tags || 0, number(e.tag, "P"));
  },
  producer_unregistered(s, e) { s.producers.delete(e.name); },
  consumer_registered(s, e) {
    s.consumers.set(e.name, {name: e.name, id: e.id, tag: e.tag, capacity: e.capacity, cursor: e.cursor, delivered: 0,
      skipped: 0, status: "running", pace: null, taken: s.fresh});
    s.consumer_tags = Math.max(s.consumer_tags || 0, number(e.tag, "C"));
  },
  consumer_unregistered(s, e) { s.consumers.delete(e.name); },
  put(s, e) {
    const p = s.producers.get(e.producer);
    if (!p) return;
    s.producers.set(e.producer, {...p, put: p.put + e.count});
    s.tail_seq = e.seq + e.count - 1;
    s.node_count++;
    s.nodes.push({seq: e.seq, count: e.count, producer: e.producer, producer_id: e.id, tag: p.tag,
      producer_seq: e.producer_seq, timestamp: e.time, preview: e.preview});
    if (s.nodes.length > NODES) s.nodes.shift();
  },
  delivered(s, e) {
    const c = s.consumers.get(e.consumer);
    if (!c) return;
    const delivered = c.delivered + e.last - e.first + 1;
    // What a channel has no room for must have been taken.
    const taken = c.taken == null ? null : Math.max(c.taken, delivered - c.capacity);
    s.consumers.set(e.consumer, {...c, cursor: e.last, delivered, taken});
  },
  skipped(s, e) {
    const c = s.consumers.get(e.consumer);
    if (c) s.consumers.set(e.consumer, {...c, cursor: e.last, skipped: c.skipped + e.last - e.first + 1});
  },
  evicted(s, e) {
    s.head_seq = e.last + 1;
    const told = s.cleaner.evicted;
    s.cleaner = {...s.cleaner, evicted: {...told, [e.reason]: (told[e.reason] || 0) + e.last - e.first + 1}};
    s.node_count -= e.nodes;
    const nodes = s.nodes;
    let gone = 0;
    while (gone < nodes.length && nodes[gone].seq + nodes[gone].count - 1 <= e.last) gone++;
    if (gone) nodes.splice(0, gone);
    const n = nodes[0];
    if (n && n.seq <= e.last) {
      const cut = s.head_seq - n.seq;
      nodes[0] = {...n, seq: s.head_seq, count: n.count - cut, producer_seq: n.producer_seq + cut};
    }
  },
  cleaner_pass(s, e) {
    s.cleaner = {...s.cleaner, passes: s.cleaner.passes + 1, last_pass: e.time, stop: e.stop, consumers: e.consumers,
      due: e.due};
  },
  settings_changed(s, e) {
    s.settings = {retention: e.retention, clean_every: e.clean_every, max_messages: e.max_messages,
      overflow: e.overflow};
    s.cleaner = {...s.cleaner, due: e.due};
  },
  blocked(s, e) { patch(s.producers, e.producer, {blocked: true}); },
  unblocked(s, e) { patch(s.producers, e.producer, {blocked: false}); },
  stalled(s, e) { patch(s.consumers, e.consumer, {status: "stalled"}); },
  resumed(s, e) { patch(s.consumers, e.consumer, {status: "running"}); },
  failed(s, e) { if (e.role != "queue") patch(actors(s, e.role), e.name, {status: "failed"}); },
  paced(s, e) {
    if ((e.pace.type == "Sending") == (e.role == "producer")) patch(actors(s, e.role), e.name, {pace: e.pace});
  },
  levels(s, e) {
    s.fresh = 0;
    for (const [name, level] of Object.entries(e.producers)) patch(s.producers, name, {level});
    for (const [name, taken] of Object.entries(e.consumers)) patch(s.consumers, name, {taken});
  },
  queue_closed(s) {
    s.closed = true;
    s.cleaner = {...s.cleaner, due: null};
  },
};
Object.setPrototypeOf(STEPS, null);

function apply(s, e) {
  s.event = e.number;
  const step = STEPS[e.kind];
  if (step) step(s, e);
}

const length = s => s.tail_seq - s.head_seq + 1;
const slowest = s => Math.min(...[...s.consumers.values()].map(c => c.cursor), s.consumers.size ? Infinity : s.tail_seq);
const level = c => c.taken == null ? null : Math.max(0, c.delivered - c.taken);

// ---- invariants, of core/msgmux/checker/invariants.py: the same names and counts

const GROUPS = {order: "reordered", once: "poll-skip", unread: "unread", bound: "bound"};
const GROUP_OF = {reordered: "order", list: "order", lost: "once", duplicated: "once", unexpected: "once",
  "poll-skip": "once", "nonmonotonic-poll": "once", unread: "unread", cursor: "unread", bound: "bound"};

function judging(s) {
  const cursors = new Map([...s.consumers].map(([name, c]) => [name, c.cursor]));
  const puts = new Map([...s.producers].map(([name, p]) => [name, p.put]));
  let head = s.head_seq, tail = s.tail_seq, bound = s.settings.max_messages;
  const counts = {}, broken = new Map();
  const check = (name, times, wrong) => {
    if (wrong) broken.has(name) || broken.set(name, wrong);
    else if (!broken.has(name)) counts[name] = (counts[name] || 0) + times;
  };
  const look = e => {
    const say = words => `event ${e.number}: ${words}`;
    const not = (holds, words) => holds ? "" : say(words());
    const times = e.kind == "put" ? e.count : e.last - e.first + 1;
    if (e.kind == "put") {
      const before = puts.get(e.producer) || 0, length = e.seq + e.count - head;
      check("reordered", times, not(e.producer_seq == before + 1,
        () => `${e.producer} put its ${e.producer_seq}. message after its ${before}.`));
      check("list", times, not(e.seq == tail + 1, () => `#${e.seq} was linked after #${tail}`));
      check("bound", 1, not(bound == null || length <= bound, () => `${length} messages; the limit is ${bound}`));
      tail = e.seq + e.count - 1;
      puts.set(e.producer, e.producer_seq + e.count - 1);
    } else if (e.kind == "delivered" || e.kind == "skipped") {
      const got = e.kind == "delivered", known = cursors.get(e.consumer), cursor = known ?? e.first - 1;
      const who = e.consumer;
      if (got) {
        check("duplicated", times, not(e.first > cursor, () => `${who} got #${e.first} again after #${cursor}`));
        check("unexpected", times, not(e.last <= tail, () => `${who} got #${e.last}; only #${tail} was put`));
      }
      check("poll-skip", times, not(e.first <= cursor + 1, () => `${who} got #${e.first} right after #${cursor}`));
      check("nonmonotonic-poll", times, not(e.last >= (known ?? e.last),
        () => `the cursor of ${who} went from #${known} back to #${e.last}`));
      if (got) check("cursor", times, not(e.first >= head,
        () => `${who} got #${e.first}, but the list begins at #${head}`));
      cursors.set(who, e.last);
    } else if (e.kind == "evicted") {
      const behind = [...cursors].find(([, cursor]) => cursor < e.last);
      check("list", times, not(e.first == head && e.last <= tail,
        () => `#${e.first} to #${e.last} were evicted from a list of #${head} to #${tail}`));
      check("lost", times, not(!behind,
        () => `${behind[0]} will never get #${Math.max(behind[1] + 1, e.first)}: it is evicted`));
      check("unread", times, not(!behind,
        () => `#${e.last} was evicted; ${behind[0]} has had no more than #${behind[1]}`));
      head = e.last + 1;
    } else if (e.kind == "producer_registered" || e.kind == "consumer_registered") {
      const producer = e.kind[0] == "p";
      check("name", 1, not(!(producer ? puts : cursors).has(e.name),
        () => `${e.name} (${e.tag}) was registered, although that name was taken`));
      if (producer) puts.set(e.name, 0);
      else {
        check("cursor", 1, not(e.cursor >= head - 1,
          () => `${e.name} starts after #${e.cursor}, but the list begins at #${head}`));
        cursors.set(e.name, e.cursor);
      }
    } else if (e.kind == "producer_unregistered") puts.delete(e.name);
    else if (e.kind == "consumer_unregistered") cursors.delete(e.name);
    else if (e.kind == "settings_changed") bound = e.max_messages;
    else if (e.kind == "failed") {
      check("crash", 1, e.role == "queue" ? say(`the ${e.name} died of ${e.error}`) : "");
    } else if (e.kind == "violation") check(e.invariant, 0, say(e.detail));
  };
  return {look, counts, broken};
}

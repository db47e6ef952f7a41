"use strict";
// What has happened and what holds, in the sentences of the terminal: narration/narrator.py, panes/inspector.py and
// panes/caption.py. A test holds the sentences about events equal.

const REASONS = {expired: "consumed and expired", limit: "consumed, at the limit", overflow: "unread, to make room",
  left: "holder left"};
const PLAIN = ["say", "end", "burst"];
const MEANINGS = {
  order: "each consumer gets each producer's messages in the order in which they were put",
  once: "each consumer gets every message exactly once: none lost, none twice",
  unread: "nothing is evicted before everybody has had it, unless they were told that they missed it",
  bound: "the list is never longer than its bound",
};

const count = n => n.toLocaleString("en-US");
const short = n => n < 1e4 ? count(n) : n < 999500 ? (n / 1e3).toFixed(0) + "k" : (n / 1e6).toFixed(1) + "M";
const fixed = x => (x % 1 == 0.25 ? x - 0.05 : x).toFixed(1); // as Python rounds the half
const digits = (x, most) => String(Number(x.toPrecision(most)));
const rate = x => x >= 9950 ? short(Math.round(x)) + "/s" : (x >= 9.95 ? count(Math.round(x)) : fixed(x)) + "/s";
const seconds = x => x < 60 ? fixed(x) + " s" : count(Math.round(x)) + " s";
const known = (x, text = String) => x == null ? "?" : text(x);
const named = (tag, name) => !tag || name == tag ? name : `${tag} ${name}`;
const span = (first, last) => first == last ? `${first}` : `${first}–${last}`;
const plural = (n, one, many = one + "s") => `${count(n)} ${n == 1 ? one : many}`;
const and = names => names.length < 2 ? names.join("") : names.slice(0, -1).join(", ") + " and " + names.at(-1);

function secondsText(x) {
  if (x > 0 && x < 1) return digits(x * 1000, 4) + "ms";
  if (x >= 7200 && x % 3600 == 0) return digits(x / 3600, 6) + "h";
  return x >= 120 && x % 60 == 0 ? digits(x / 60, 6) + "m" : digits(x, 6) + "s";
}

function rateText(x) {
  return x > 0 && x < 0.1 ? digits(x * 60, 3) + "/m" : (x < 1000 ? digits(x, 3) : x.toFixed(0)) + "/s";
}

function moment(time) {
  const tenths = Math.round(time * 10);
  if (tenths < 600) return (tenths / 10).toFixed(1);
  const minutes = Math.floor(tenths / 600), rest = (tenths % 600 / 10).toFixed(1).padStart(4, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

function paceText(pace) {
  const of = pace.type == "Sending" ? pace.rate : pace;
  if (pace.done) return "done";
  switch (of.type) {
    case "Constant": return rateText(of.rate);
    case "Poisson": return "~" + rateText(of.rate);
    case "Bursts": return `${of.count} every ${secondsText(of.every)}`;
    case "OnOff": return `${rateText(of.rate)} ${secondsText(of.on)} on ${secondsText(of.off)} off`;
    case "Fixed": return secondsText(of.time);
    case "Exponential": return "~" + secondsText(of.mean);
    case "Uniform": return `${secondsText(of.least)}-${secondsText(of.most)}`;
  }
  return "";
}

// A sentence about an event, given the state before it: {tag, role, text}, or null.
function sentence(s, e) {
  const told = (role, name, text) => {
    const tag = actors(s, role).get(name)?.tag || "";
    return {tag, role, text: name == tag ? text : `${name} ${text}`};
  };
  const queue = text => ({tag: "", role: "queue", text});
  const who = name => named(s.consumers.get(name)?.tag, name);
  switch (e.kind) {
    case "put":
      return told("producer", e.producer, e.count == 1 ? `puts ${e.seq}: "${e.preview}"`
        : `puts ${span(e.seq, e.seq + e.count - 1)}, the first: "${e.preview}"`);
    case "delivered": return told("consumer", e.consumer, `gets ${span(e.first, e.last)}`);
    case "evicted": {
      const by = e.reason == "expired" ? "cleaner" : "queue";
      return queue(`${by} evicts ${span(e.first, e.last)} (${REASONS[e.reason]})`);
    }
    case "cleaner_pass": return queue(passed(s, e, who));
    case "blocked": return told("producer", e.producer, "is blocked: its channel is full");
    case "unblocked": return told("producer", e.producer, "goes on");
    case "skipped":
      return told("consumer", e.consumer, `misses ${span(e.first, e.last)}: evicted before it had them`);
    case "stalled": return told("consumer", e.consumer, "stops reading");
    case "resumed": return told("consumer", e.consumer, "reads again");
    case "producer_registered": return joined(e, "producer", `joins, with room for ${count(e.capacity)} in its channel`);
    case "consumer_registered": return joined(e, "consumer", `joins, to get all from #${e.cursor + 1} on`);
    case "producer_unregistered": return told("producer", e.name, `leaves; it has put ${count(e.put)}`);
    case "consumer_unregistered": return told("consumer", e.name, `leaves; its cursor stood at #${e.cursor}`);
    case "failed":
      return e.role == "queue" ? queue(`the thread ${e.name} has died of ${e.error}`)
        : told(e.role, e.name, `has died of ${e.error}`);
    case "paced": return e.role == "queue" ? queue("") : told(e.role, e.name, paced(e.pace));
    case "settings_changed": return queue(changed(s.settings, e));
    case "queue_closed": return queue("queue closes" + (e.drain ? ", all delivered" : ""));
    case "note": return queue(PLAIN.includes(e.about) ? e.text : `${e.about}: ${e.text}`);
    case "commanded":
      return e.command.kind == "mark" ? null : queue(`${e.who || "you"}: ${e.ok ? "" : "refused: "}${e.text}`);
    case "expected": return queue(`${e.met ? "as expected" : "NOT as expected"}: ${e.expression}`);
    case "violation": return queue(`VIOLATED: ${e.invariant}: ${e.detail}`);
  }
  return null;
}

const joined = (e, role, text) => ({tag: e.tag, role, text: e.name == e.tag ? text : `${e.name} ${text}`});

function paced(pace) {
  if (pace.type == "Sending") return pace.done ? "has sent all" : `sends ${paceText(pace)}`;
  const work = paceText(pace);
  return work == "0s" ? "needs no time for a message" : `needs ${work} for a message`;
}

function passed(s, e, who) {
  const head = `#${s.head_seq}`;
  if (e.stop == "empty") return "cleaner finds the list empty";
  if (e.stop == "kept") return "cleaner lets all stay: there is no retention time";
  if (e.stop == "age") {
    const left = e.seconds || 0;
    return `cleaner stops at ${head}: ${left >= 0.05 ? `it stays ${fixed(left)} s more` : "its time is up just now"}`;
  }
  const names = e.consumers;
  const some = names.length > 3 ? `${names.length} consumers` : names.map(who).join(" and ");
  return `cleaner stops at ${head}: ${some} ${names.length == 1 ? "has" : "have"} not had it`;
}

function changed(old, e) {
  const said = [];
  if (old.retention !== e.retention) {
    said.push(e.retention == null ? "keeps messages for good" : `keeps messages at least ${secondsText(e.retention)}`);
  }
  if (old.clean_every !== e.clean_every) said.push(`cleans every ${secondsText(e.clean_every)}`);
  if (old.max_messages !== e.max_messages) {
    said.push(e.max_messages == null ? "has no bound" : `holds at most ${count(e.max_messages)}`);
  }
  if (old.overflow !== e.overflow) said.push(`goes by "${e.overflow}" at its bound`);
  return "queue " + (said.join(", ") || "stays as it was set");
}

// Why the oldest message is still in the list.
function whyHead(s, now) {
  if (!length(s)) return "The list is empty: everything was read, and taken out.";
  const due = s.cleaner.due, head = s.head_seq;
  const soon = due == null ? "no pass is planned" : `next pass in ${seconds(Math.max(0, due - now))}`;
  const waits = [...s.consumers.values()].filter(c => c.cursor < head);
  if (waits.length) {
    const who = waits.slice(0, 2).map(c => named(c.tag, c.name));
    const names = waits.length > 2 ? `${who.join(", ")} and ${waits.length - 2} more` : who.join(" and ");
    return `#${head} stays: ${names} ${waits.length == 1 ? "has" : "have"} not had it; ${soon}`;
  }
  if (s.settings.retention == null) return `#${head} stays: retention is off, so everything is kept`;
  const left = s.settings.retention - (s.nodes.length ? now - s.nodes[0].timestamp : 0);
  return left > 0 ? `#${head} stays ${seconds(left)} more: everybody has had it, but it is too young`
    : `#${head} may go: everybody has had it and its time is up; ${soon}`;
}

const nodeOf = (s, seq) => s.nodes.find(n => n.seq <= seq && seq < n.seq + n.count);

// Why a message is still in the list, and when it may go.
function whyHere(s, node, seq, now) {
  const retention = s.settings.retention, left = retention == null ? null : node.timestamp + retention - now;
  const waits = [...s.consumers.values()].filter(c => c.cursor < seq).map(c => named(c.tag, c.name));
  if (waits.length) {
    const text = `${and(waits)} ${waits.length == 1 ? "has" : "have"} not had it`;
    if (left == null) return `${text}; and retention is off, so it stays even then`;
    return left > 0 ? `${text}; even then it stays until it is ${secondsText(retention)} old, ${seconds(left)} from now`
      : `${text}; the cleaner may take it at its first pass after that`;
  }
  const had = s.consumers.size ? "Everybody has had it" : "Nobody is registered, so age alone decides";
  if (left == null) return `${had}; retention is off, so it stays for good`;
  if (left > 0) return `${had}; the cleaner may take it ${seconds(left)} from now`;
  if (seq > s.head_seq && slowest(s) < seq) {
    return `${had} and its time is up; but the cleaner goes from the head, and an older one must stay`;
  }
  const due = s.cleaner.due;
  return `${had} and its time is up: the next pass takes it` + (due == null ? "" : `, in ${seconds(Math.max(0, due - now))}`);
}

// All facts about a message: [label, words, loud].
function facts(s, seq, now, began) {
  const node = nodeOf(s, seq);
  if (!node) {
    return [["", seq < s.head_seq ? `#${seq} is not in the list any more: everybody had it and its time was up, or room was needed.`
      : seq > s.tail_seq ? `#${seq} was not put yet.` : `#${seq} is in a part of the list that is only counted here.`]];
  }
  const age = Math.max(0, now - node.timestamp), before = seq - s.head_seq, retention = s.settings.retention;
  const first = seq == node.seq;
  const had = [], waiting = [], unknown = [], not = [];
  for (const c of s.consumers.values()) {
    const who = named(c.tag, c.name), inside = level(c);
    if (c.cursor < seq) not.push(`${who} (${seq - c.cursor > 1 ? count(seq - c.cursor - 1) + " come first" : "it is next"})`);
    else (inside == null ? unknown : seq > c.cursor - inside ? waiting : had).push(who);
  }
  let place = before ? `${count(before)} before it in the list` : "the head";
  if (seq == s.tail_seq) place += ", the tail";
  place += node.count == 1 ? "; alone in its node"
    : `; ${seq - node.seq + 1} of ${node.count} in its node, which were linked at one moment`;
  const rest = retention == null ? "retention is off" : age >= retention
    ? `its retention of ${secondsText(retention)} is over` : `retention keeps it ${seconds(retention - age)} more`;
  const told = [
    ["payload", first ? `"${node.preview}"` : `one of the ${node.count} of this node; the first is "${node.preview}"`],
    ["from", `${named(node.tag, node.producer)}, its message number ${count(node.producer_seq + seq - node.seq)}`],
    ["place", place],
    ["age", `linked at ${moment(node.timestamp - began)}, so ${seconds(age)} old; ${rest}`],
    ["read by", had.join(", ") || (unknown.length ? "?" : "nobody")],
  ];
  if (waiting.length) told.push(["delivered", `to ${waiting.join(", ")}: it waits in the channel`]);
  if (unknown.length) told.push(["delivered", `to ${unknown.join(", ")}; unknown whether it still waits in the channel`]);
  told.push(["not had by", not.join(", ") || "nobody", not.length > 0]);
  told.push(["why", whyHere(s, node, seq, now), true]);
  return told;
}

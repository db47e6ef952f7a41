// Reads recordings as the page does. Each line of stdin is a JSON list: a file, and the numbers of events at which the
// state is asked for. Each line of stdout: the states there, what the invariants say, and all sentences.
import {readFileSync} from "node:fs";

const [folder] = process.argv.slice(2);
const source = ["fold.js", "history.js", "words.js"].map(name => readFileSync(`${folder}/${name}`, "utf8").replace('"use strict";', "")).join("\n");
const {History, apply, sentence} = new Function(`"use strict";${source};return {History, apply, sentence}`)();

const plain = state => {
  const {fresh, producers, consumers, ...rest} = state;
  // The page computes a lag where it draws one.
  const lags = [...consumers].map(([name, one]) => [name, {...one, lag: state.tail_seq - one.cursor}]);
  return {...rest, producers: [...producers], consumers: lags};
};

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [file, places, pieces] = JSON.parse(line), history = new History(), text = readFileSync(file, "utf8");
  if (pieces == "live") for (const one of text.split("\n")) history.line(one);
  else {
    const cut = text.lastIndexOf("\n", text.length / 2) + 1;
    history.load(text.slice(0, cut));
    history.load(text.slice(cut));
    history.loaded();
  }
  const states = places.map(n => plain(history.stateAt(n))), said = [];
  const state = history.stateAt(history.first);
  for (const e of history.between(history.first, history.last)) {
    const told = sentence(state, e);
    if (told) said.push(told.tag ? `${told.tag} ${told.text}` : told.text);
    apply(state, e);
  }
  const {counts, broken} = history.judged(history.last);
  const times = places.map(n => history.timeOf(n));
  console.log(JSON.stringify({states, said, counts, broken: [...broken], times, ends: [history.first, history.last]}));
}

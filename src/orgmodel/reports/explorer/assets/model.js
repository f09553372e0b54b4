// What the page knows, without the page: it reads the columns that the library wrote and looks things up in them.
// Nothing here touches the document, so that the tests run it outside a browser and compare it with the library.
const explorer = (() => {
  "use strict";

  const NONE = -1;

  // ---- columns

  function unpack(form) {
    const [kind, ...rest] = form;
    if (kind === 0) return rest;
    const out = [];
    if (kind !== 1) for (let at = 0; at < rest.length; at += 2) for (let n = 0; n < rest[at + 1]; n++) out.push(rest[at]);
    if (kind === 2) return out;
    const steps = kind === 1 ? rest : out;
    for (let at = 1; at < steps.length; at++) steps[at] += steps[at - 1];
    return steps;
  }

  function unpackTexts(form) {
    const out = [];
    let before = "";
    for (let at = 0; at < form.length; at += 2) {
      // Characters are counted as the library counts them; those before the cut take one place each.
      before = before.slice(0, form[at]) + form[at + 1];
      out.push(before);
    }
    return out;
  }

  // ---- texts as people type them: for suggestions, without any mark

  const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
  const squeezed = (text) => text.replace(SPACES, " ").replace(/^ | $/g, "");

  function plain(text) {
    const split = text.replace(/[đĐðÐ]/g, "d").normalize("NFD").replace(/\p{Mn}/gu, "");
    return squeezed(split.toLowerCase());
  }

  // ---- the model

  class Model {
    constructor(data) {
      this.data = data;
      this.units = unpackTexts(data.units);
      this.unitsCount = data.units_count;
      this.texts = data.texts;
      this.days = data.days;
      this.acts = data.acts;
      this.stops = data.stops;
      this.number = new Map(this.units.map((unit, at) => [unit, at]));
      this.tracks = new Map(data.tracks.map(([id, en, vi, refers], at) => [id, { id, en, vi, refers, at }]));
      this.kinds = new Map(data.kinds.map(([id, en, vi, colour, ink]) => [id, { en, vi, colour, ink }]));
      this.hierarchies = data.hierarchies.filter((name) => this.tracks.has(parentTrack(name)));
      this.readFacts(data.facts);
      this.readEvents(data.events, data.links);
      this.readSuccessors(data.successors);
      this.readFigure(data.figure);
      this.cache = new Map();
    }

    readFacts(columns) {
      const facts = {};
      for (const name of Object.keys(columns)) facts[name] = Int32Array.from(unpack(columns[name]));
      this.facts = facts;
      const count = facts.track.length;
      // Rows stand by track and unit: each track knows where it begins, and finds a unit by halving.
      for (const track of this.tracks.values()) track.first = track.last = 0;
      const list = [...this.tracks.values()];
      for (let row = 0; row < count; row++) {
        if (row === 0 || facts.track[row] !== facts.track[row - 1]) list[facts.track[row]].first = row;
        list[facts.track[row]].last = row + 1;
      }
      this.carriedAt = new Int32Array(count + 1);
      for (let row = 0; row < count; row++) this.carriedAt[row + 1] = this.carriedAt[row] + facts.carried[row];
      this.byUnit = null;
    }

    readEvents(events, links) {
      const [acts, types] = events.map(unpack);
      this.events = acts.map((act, at) => ({ act, type: this.texts[types[at]], links: [] }));
      const column = {};
      for (const name of Object.keys(links)) column[name] = unpack(links[name]);
      this.eventsOf = new Map();
      for (let at = 0; at < column.event.length; at++) {
        const event = column.event[at];
        const link = { old: column.old[at], new: column.new[at], part: column.part[at] === 1, text: this.texts[column.text[at]] };
        this.events[event].links.push(link);
        for (const unit of new Set([link.old, link.new])) {
          if (!this.eventsOf.has(unit)) this.eventsOf.set(unit, new Set());
          this.eventsOf.get(unit).add(event);
        }
      }
    }

    readSuccessors(columns) {
      const [units, counts, of] = [columns.unit, columns.count, columns.of].map(unpack);
      this.last = new Map();
      let from = 0;
      units.forEach((unit, at) => {
        this.last.set(unit, of.slice(from, from + counts[at]));
        from += counts[at];
      });
    }

    readFigure(figure) {
      this.figureOf = new Map();
      if (!figure) return;
      const [units, firsts, lasts] = ["unit", "first", "last"].map((name) => unpack(figure.places[name]));
      units.forEach((unit, at) => {
        if (!this.figureOf.has(unit)) this.figureOf.set(unit, []);
        const row = { first: firsts[at], last: lasts[at], low: figure.low[at], high: figure.high[at], text: this.texts[figure.text[at]], text_vi: this.texts[figure.text_vi[at]] };
        this.figureOf.get(unit).push(row);
      });
    }

    // ---- days

    // The last stop on or before a day; -1 before the first.
    stopOn(day) {
      let low = 0, high = this.stops.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.stops[middle].day <= day) low = middle + 1;
        else high = middle;
      }
      return low - 1;
    }

    get firstDay() { return this.stops[0].day; }

    // ---- facts

    holds(row, day) {
      const { start, end } = this.facts;
      return this.days[start[row]] <= day && (end[row] === NONE || day < this.days[end[row]]);
    }

    // The rows of a unit in a track, in order of their days.
    rowsOf(trackId, unit) {
      const track = this.tracks.get(trackId);
      if (!track) return [];
      const units = this.facts.unit;
      let low = track.first, high = track.last;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (units[middle] < unit) low = middle + 1;
        else high = middle;
      }
      const rows = [];
      for (let row = low; row < track.last && units[row] === unit; row++) rows.push(row);
      return rows;
    }

    rowOn(trackId, unit, day) {
      return this.rowsOf(trackId, unit).find((row) => this.holds(row, day)) ?? NONE;
    }

    // What a row says: {unit} where it refers to one, {text} otherwise, {} above the root.
    said(row) {
      const value = this.facts.value[row];
      const refers = this.data.tracks[this.facts.track[row]][3];
      if (!refers) return { text: this.texts[value] };
      if (value === NONE) return {};
      return value < NONE ? { text: this.texts[-2 - value] } : { unit: value };
    }

    textOn(trackId, unit, day) {
      const row = this.rowOn(trackId, unit, day);
      return row === NONE ? null : this.said(row).text ?? null;
    }

    // The name on a day, or the last before it, or the first of all, or the id.
    name(unit, day) {
      const rows = this.rowsOf("name", unit);
      const before = rows.filter((row) => this.days[this.facts.start[row]] <= day);
      const row = rows.find((each) => this.holds(each, day)) ?? before[before.length - 1] ?? rows[0];
      return row === undefined ? this.units[unit] : this.said(row).text;
    }

    // What is true of the unit on the day nearest to its life: for units that have ended or are yet to come.
    nearest(trackId, unit, day) {
      const rows = this.rowsOf(trackId, unit);
      const before = rows.filter((row) => this.days[this.facts.start[row]] <= day);
      const row = rows.find((each) => this.holds(each, day)) ?? before[before.length - 1] ?? rows[0];
      return row === undefined ? null : this.said(row).text ?? null;
    }

    life(unit) {
      const rows = this.rowsOf("life", unit);
      const last = rows[rows.length - 1];
      const end = this.facts.end[last];
      return { start: this.days[this.facts.start[rows[0]]], end: end === NONE ? null : this.days[end], row: last };
    }

    lives(unit, day) { return this.rowOn("life", unit, day) !== NONE; }

    // ---- the tree of a day

    snapshot(day, hierarchy) {
      const key = `${this.stopOn(day)} ${day} ${hierarchy}`;
      const known = this.cache.get(key);
      if (known) return known;
      const parent = new Int32Array(this.unitsCount).fill(-3);
      const children = new Map();
      const track = this.tracks.get(parentTrack(hierarchy));
      const { unit, value } = this.facts;
      const roots = [];
      if (track) {
        for (let row = track.first; row < track.last; row++) {
          if (unit[row] >= this.unitsCount || !this.holds(row, day)) continue;
          parent[unit[row]] = value[row];
          if (value[row] === NONE) roots.push(unit[row]);
          else if (children.has(value[row])) children.get(value[row]).push(unit[row]);
          else children.set(value[row], [unit[row]]);
        }
      }
      for (const list of children.values()) list.sort((a, b) => a - b);
      const below = new Int32Array(this.unitsCount);
      const order = [...roots];
      for (let at = 0; at < order.length; at++) for (const child of children.get(order[at]) ?? []) order.push(child);
      for (let at = order.length - 1; at >= 0; at--) {
        const above = parent[order[at]];
        if (above >= 0) below[above] += below[order[at]] + 1;
      }
      const made = { day, hierarchy, parent, children, roots, below };
      if (this.cache.size > 8) this.cache.clear();
      this.cache.set(key, made);
      return made;
    }

    // The visible rows of the tree, from the top.
    rows(snapshot, open) {
      const out = [];
      const stack = [];
      const put = (units, level) => {
        for (let at = units.length - 1; at >= 0; at--) stack.push({ unit: units[at], level, position: at + 1, size: units.length });
      };
      put(snapshot.roots, 1);
      while (stack.length) {
        const row = stack.pop();
        const children = snapshot.children.get(row.unit) ?? [];
        row.children = children.length;
        row.open = children.length > 0 && open.has(row.unit);
        out.push(row);
        if (row.open) put(children, row.level + 1);
      }
      return out;
    }

    // From the root down to the unit itself; empty if it stands nowhere on the day.
    path(snapshot, unit) {
      const out = [];
      for (let at = unit; at >= 0 && snapshot.parent[at] !== -3; at = snapshot.parent[at]) out.unshift(at);
      return out;
    }

    // ---- what happened to a unit

    biography(unit) {
      if (!this.byUnit) this.indexUnits();
      const { act, start, ended_by } = this.facts;
      const cards = new Map();
      const card = (day, by) => {
        const key = `${day} ${by}`;
        if (!cards.has(key)) cards.set(key, { day, act: by, began: [], ended: [] });
        return cards.get(key);
      };
      const rows = this.byUnit.rows.subarray(this.byUnit.from[unit], this.byUnit.from[unit + 1]);
      for (const row of rows) card(this.days[start[row]], act[row]).began.push(row);
      for (const row of rows) {
        const end = this.facts.end[row];
        if (end === NONE || ended_by[row] === NONE) continue;
        const goesOn = [...rows].some(
          (other) => other !== row && start[other] === end && this.facts.track[other] === this.facts.track[row] && this.facts.slot[other] === this.facts.slot[row],
        );
        if (!goesOn) card(this.days[end], ended_by[row]).ended.push(row);
      }
      return [...cards.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.act - b.act));
    }

    indexUnits() {
      const { unit } = this.facts;
      const from = new Int32Array(this.units.length + 1);
      for (const each of unit) from[each + 1] += 1;
      for (let at = 0; at < this.units.length; at++) from[at + 1] += from[at];
      const next = from.slice();
      const rows = new Int32Array(unit.length);
      for (let row = 0; row < unit.length; row++) rows[next[unit[row]]++] = row;
      this.byUnit = { from, rows };
    }

    carriedFrom(row) {
      return Array.from(this.facts.of.subarray(this.carriedAt[row], this.carriedAt[row + 1]));
    }

    eventsAbout(unit) {
      return [...(this.eventsOf.get(unit) ?? [])].sort((a, b) => a - b).map((event) => this.events[event]);
    }

    // What an ended unit is now; null while it lives.
    successors(unit) { return this.last.get(unit) ?? null; }

    // Units that an act says something of, in order of creation.
    unitsOf(act) {
      const found = new Set();
      const { unit } = this.facts;
      for (let row = 0; row < unit.length; row++) {
        if ((this.facts.act[row] === act || this.facts.ended_by[row] === act) && unit[row] < this.unitsCount) found.add(unit[row]);
      }
      return [...found].sort((a, b) => a - b);
    }

    // ---- clusters

    clusterChanges(stop) { return this.data.clusters[stop] ?? []; }

    members(cluster, day) {
      const out = [];
      for (const track of this.tracks.values()) {
        if (!track.id.startsWith("member:")) continue;
        for (let row = track.first; row < track.last; row++) {
          if (this.facts.value[row] === cluster && this.holds(row, day) && this.lives(this.facts.unit[row], day)) out.push(this.facts.unit[row]);
        }
      }
      return out.sort((a, b) => a - b);
    }

    clustersOn(day) {
      const out = [];
      for (let at = this.unitsCount; at < this.units.length; at++) {
        if (this.data.others[at - this.unitsCount] === "Cluster" && this.lives(at, day)) out.push(at);
      }
      return out;
    }

    clustersOf(unit, day) {
      const out = [];
      for (const track of this.tracks.values()) {
        if (!track.id.startsWith("member:")) continue;
        for (const row of this.rowsOf(track.id, unit)) if (this.holds(row, day)) out.push(this.facts.value[row]);
      }
      return out;
    }

    roles(cluster, day) {
      return this.rowsOf("role", cluster)
        .filter((row) => this.holds(row, day))
        .map((row) => ({ role: this.texts[this.facts.slot[row]], ...this.said(row) }));
    }

    // ---- a figure

    // What is known of the figure of a unit on a stop; null where it does not apply.
    figure(unit, stop) {
      return (this.figureOf.get(unit) ?? []).find((row) => row.first <= stop && stop <= row.last) ?? null;
    }

    // ---- search

    // The tracks of a family (names, codes), its first scheme first.
    schemes(family) {
      const found = [...this.tracks.keys()].filter((id) => id === family || id.startsWith(`${family}:`));
      return found.sort((a, b) => (a !== family) - (b !== family) || (a < b ? -1 : a > b ? 1 : 0));
    }

    // Text -> units of the rows that are taken; each unit once, in the order of the rows.
    bearers(trackId, takes) {
      const track = this.tracks.get(trackId);
      const { unit, start, end, value } = this.facts;
      const found = new Map();
      for (let row = track.first; row < track.last; row++) {
        if (unit[row] >= this.unitsCount || start[row] === end[row] || !takes(row)) continue;
        const text = this.texts[value[row]];
        if (!found.has(text)) found.set(text, new Set());
        found.get(text).add(unit[row]);
      }
      return found;
    }

    // Whose id or code a text is; codes that stand for none are nobody's.
    exactly(text, codes, lives) {
      const id = this.number.get(text);
      if (id !== undefined && id < this.unitsCount && lives(id)) return [id];
      if (this.data.placeholders.includes(text)) return [];
      for (const bearers of codes) if (bearers.has(text)) return [...bearers.get(text)];
      return [];
    }

    // The matcher for the units of a day: by what they are called on it, else by what they were called.
    matcher(day) {
      if (this.matcherOn?.day === day) return this.matcherOn.matcher;
      this.titles ??= new names.Titles(this.data.titles);
      const { unit, end } = this.facts;
      const lives = (each) => this.lives(each, day);
      const layers = [];
      for (const former of [false, true]) {
        for (const track of this.schemes("name")) {
          const past = (row) => end[row] !== NONE && this.days[end[row]] <= day;
          layers.push({ former, bearers: this.bearers(track, (row) => (former ? past(row) : this.holds(row, day)) && lives(unit[row])) });
        }
      }
      const codes = this.schemes("code").map((track) => this.bearers(track, (row) => this.holds(row, day) && lives(unit[row])));
      const above = (each) => this.hierarchies.flatMap((hierarchy) => this.path(this.snapshot(day, hierarchy), each).slice(0, -1));
      const matcher = new names.Matcher(this.titles, layers, {
        bearer: (each) => ({ kind: this.textOn("kind", each, day), category: this.textOn("category", each, day) }),
        above, exactly: (text) => this.exactly(text, codes, lives), ever: () => this.matcherEver(),
      });
      this.matcherOn = { day, matcher };
      return matcher;
    }

    // The matcher for all units that ever were: by the name that each bore last, else by those that it bore before.
    matcherEver() {
      if (this.ever) return this.ever;
      const { unit, start, end, value } = this.facts;
      const last = new Map();
      const tracks = this.schemes("name");
      for (const id of tracks) {
        const track = this.tracks.get(id);
        for (let row = track.first; row < track.last; row++) {
          const key = `${id} ${unit[row]}`, day = this.days[start[row]];
          if (start[row] !== end[row] && !(last.get(key) >= day)) last.set(key, day);
        }
      }
      const layers = [];
      for (const former of [false, true]) {
        for (const id of tracks) layers.push({ former, bearers: this.bearers(id, (row) => (this.days[start[row]] < last.get(`${id} ${unit[row]}`)) === former) });
      }
      const codes = this.schemes("code").map((track) => this.bearers(track, () => true));
      // Whatever ever stood above it, so that an address of any day tells namesakes apart.
      const above = (each) => {
        const found = new Set();
        const todo = [each];
        while (todo.length) {
          const one = todo.pop();
          for (const hierarchy of this.hierarchies) {
            for (const row of this.rowsOf(parentTrack(hierarchy), one)) {
              if (value[row] >= 0 && !found.has(value[row])) { found.add(value[row]); todo.push(value[row]); }
            }
          }
        }
        return [...found];
      };
      const lastOf = (track, each) => { const rows = this.rowsOf(track, each); return rows.length ? this.said(rows[rows.length - 1]).text ?? null : null; };
      this.ever = new names.Matcher(this.titles, layers, {
        bearer: (each) => ({ kind: lastOf("kind", each), category: lastOf("category", each) }),
        above, exactly: (text) => this.exactly(text, codes, () => true),
      });
      return this.ever;
    }

    // What the library's `find` answers: the units that a text means on a day.
    find(query, day) {
      return day < this.firstDay ? [] : this.matcher(day).find(query);
    }

    // While typing: first what Enter would find, then names that begin so, then names with a word that does,
    // then names that hold it; within each, units of the day before those of other days, then order of creation.
    suggest(query, day, most) {
      const key = plain(query);
      if (!key) return [];
      if (!this.allNames) {
        const track = this.tracks.get("name");
        this.allNames = [];
        for (let row = track ? track.first : 0; row < (track ? track.last : 0); row++) {
          if (this.facts.unit[row] < this.unitsCount) this.allNames.push({ unit: this.facts.unit[row], key: plain(this.texts[this.facts.value[row]]) });
        }
      }
      const best = new Map(this.find(query, day).map((unit) => [unit, 0]));
      for (const { unit, key: name } of this.allNames) {
        const at = name.indexOf(key);
        if (at < 0) continue;
        const rank = at === 0 ? 1 : name.includes(` ${key}`) ? 2 : 3;
        if (!(best.get(unit) <= rank)) best.set(unit, rank);
      }
      const live = new Map();
      for (const unit of best.keys()) live.set(unit, this.lives(unit, day) ? 0 : 1);
      return [...best.entries()]
        .sort(([a, first], [b, second]) => first - second || live.get(a) - live.get(b) || a - b)
        .slice(0, most)
        .map(([unit]) => unit);
    }

    // ---- links to a place in the page

    // What a link asks for; what it says wrongly is left out.
    read(hash) {
      const asked = askedIn(hash);
      const out = {};
      const day = asked.get("day");
      if (day && isDay(day)) out.day = day;
      const unit = this.number.get(asked.get("unit") ?? "");
      if (unit !== undefined) out.unit = unit;
      if (["unit", "clusters", "acts"].includes(asked.get("view"))) out.view = asked.get("view");
      if (["en", "vi"].includes(asked.get("lang"))) out.lang = asked.get("lang");
      return out;
    }

    // What a link names and this page does not have: the day or unit as it is written, or null.
    unread(hash) {
      const asked = askedIn(hash);
      const day = asked.get("day") || null;
      const unit = asked.get("unit") || null;
      return { day: day && !isDay(day) ? day : null, unit: unit && !this.number.has(unit) ? unit : null };
    }

    write({ day, unit, view, lang }) {
      const parts = [["day", day], ["unit", unit === null ? "" : this.units[unit]], ["view", view], ["lang", lang]];
      return "#" + parts.filter(([, value]) => value).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    }
  }

  const parentTrack = (hierarchy) => (hierarchy === "main" ? "parent" : `parent:${hierarchy}`);

  function askedIn(hash) {
    return new Map(hash.replace(/^#/, "").split("&").map((part) => [part.split("=", 1)[0], decoded(part.slice(part.indexOf("=") + 1))]));
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return "";
    }
  }

  // 2025-07-01 and 01/07/2025 are days; 2025-02-30 is none.
  function isDay(text) {
    const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
    if (!parts) return false;
    const [year, month, day] = parts.slice(1).map(Number);
    const lengths = [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= lengths[month - 1];
  }

  function dayOf(typed) {
    const text = typed.trim();
    const parts = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(text);
    const day = parts ? `${parts[3]}-${parts[2].padStart(2, "0")}-${parts[1].padStart(2, "0")}` : text;
    return isDay(day) ? day : null;
  }

  return { Model, unpack, unpackTexts, plain, isDay, dayOf };
})();

// The page: what the model answers, drawn with lit-html, which escapes every text.
(() => {
  "use strict";

  const { html, svg, render, nothing, repeat, live } = lit;
  const ROW = 34;
  const MOST_BARS = 40;

  const data = JSON.parse(document.getElementById("data").textContent);
  const model = new explorer.Model(data);
  const state = {
    day: data.last_day, unit: null, view: "unit", lang: data.lang, hierarchy: model.hierarchies[0] ?? "main",
    open: new Set(), query: "", suggestions: null, chosen: -1, focus: null, top: 0, height: 600, problem: "", more: {},
  };

  // ---- words

  const say = (key, values = {}) => {
    const text = data.ui[key][state.lang === "vi" ? 1 : 0];
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  };
  const word = (what, value) => data.words[what]?.[value]?.[state.lang === "vi" ? 1 : 0] ?? value;
  const kindName = (kind) => (kind === null ? say("no kind") : model.kinds.get(kind)?.[state.lang] ?? kind);
  const trackName = (track) => data.tracks[track][state.lang === "vi" ? 2 : 1];
  const figureName = () => data.figure.label[state.lang === "vi" ? 1 : 0];
  const number = (value) => value.toLocaleString(state.lang === "vi" ? "vi-VN" : "en-GB");
  const shownDay = (day) => (state.lang === "vi" ? day.split("-").reverse().join("/") : day);
  const colour = (kind) => { const known = model.kinds.get(kind); return known ? `background:${known.colour};color:${known.ink}` : ""; };
  const letter = (kind) => (kindName(kind)[0] ?? "?").toUpperCase();

  const stop = () => model.stopOn(state.day);
  const snapshot = () => model.snapshot(state.day, state.hierarchy);

  // ---- what is done

  function setLanguage() {
    document.documentElement.lang = state.lang;
    document.title = data.title ?? say("heading");
  }

  function show(change) {
    Object.assign(state, change);
    if (change.unit !== undefined && change.unit !== null) state.focus = change.unit;
    setLanguage();
    draw();
    const hash = model.write(state);
    if (hash !== location.hash) history.replaceState(null, "", hash);
  }

  function go(unit, day = state.day) {
    const life = model.life(unit);
    // A unit that is not there on the day is shown as of the day; the page says when it lived and offers that day.
    const path = model.path(model.snapshot(day, state.hierarchy), unit);
    for (const above of path.slice(0, -1)) state.open.add(above);
    show({ unit, day, view: "unit", suggestions: null, chosen: -1 });
    if (life && path.length) reveal(unit);
  }

  function reveal(unit) {
    const at = model.rows(snapshot(), state.open).findIndex((row) => row.unit === unit);
    const list = document.getElementById("tree");
    if (at < 0 || !list) return;
    if (at * ROW < list.scrollTop || (at + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = Math.max(0, at * ROW - list.clientHeight / 3);
  }

  function step(by) {
    const at = Math.min(model.stops.length - 1, Math.max(0, stop() + by));
    show({ day: model.stops[at].day });
  }

  function typeDay(event) {
    const day = explorer.dayOf(event.target.value);
    if (day === null) show({ problem: say("no day", { text: event.target.value }) });
    else show({ day, problem: "" });
  }

  function search(event) {
    const query = event.target.value;
    show({ query, suggestions: query.trim() ? model.suggest(query, state.day, 12) : null, chosen: -1 });
  }

  function searchKey(event) {
    const list = state.suggestions ?? [];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      show({ chosen: Math.min(list.length - 1, Math.max(-1, state.chosen + by)) });
    } else if (event.key === "Enter") {
      if (state.chosen >= 0) return go(list[state.chosen]);
      const found = model.find(state.query, state.day);
      if (found.length === 1) go(found[0]);
      else if (found.length) show({ suggestions: found, problem: say("several", { count: number(found.length) }) });
      else show({ problem: say("none found", { text: state.query, day: shownDay(state.day) }) });
    } else if (event.key === "Escape") show({ suggestions: null, chosen: -1, problem: "" });
  }

  function treeKey(event) {
    const rows = model.rows(snapshot(), state.open);
    const at = rows.findIndex((row) => row.unit === state.focus);
    const row = rows[at];
    const focus = (place) => {
      const next = rows[Math.min(rows.length - 1, Math.max(0, place))];
      if (next) { show({ focus: next.unit }); reveal(next.unit); }
    };
    const moves = {
      ArrowDown: () => focus(at + 1), ArrowUp: () => focus(Math.max(0, at - 1)), Home: () => focus(0), End: () => focus(rows.length - 1),
      PageDown: () => focus(at + 12), PageUp: () => focus(at - 12),
      ArrowRight: () => row && (row.children && !row.open ? toggle(row.unit) : row.open && focus(at + 1)),
      ArrowLeft: () => row && (row.open ? toggle(row.unit) : focus(rows.findIndex((each) => each.unit === snapshot().parent[row.unit]))),
      Enter: () => row && go(row.unit), " ": () => row && go(row.unit),
    };
    if (moves[event.key]) { event.preventDefault(); moves[event.key](); }
  }

  function toggle(unit) {
    if (state.open.has(unit)) state.open.delete(unit);
    else state.open.add(unit);
    show({ focus: unit });
  }

  // ---- parts

  const link = (unit, day = state.day) => html`<a href=${model.write({ ...state, unit, day, view: "unit" })} data-unit=${unit}
    @click=${(event) => { event.preventDefault(); go(unit, day); }}>${model.name(unit, day)}</a>`;
  const links = (units, day, between = ", ") => units.map((unit, at) => html`${at ? between : ""}${unit < model.unitsCount ? link(unit, day) : model.name(unit, day)}`);
  const mark = (kind) => html`<span class="mark" style=${colour(kind)} title=${kindName(kind)}><span>${letter(kind)}</span></span>`;

  const figureText = (known) => (state.lang === "vi" ? known.text_vi : known.text);

  function badge(unit) {
    if (!data.figure) return nothing;
    const known = model.figure(unit, stop());
    if (known === null) return html`<span class="badge none" title=${say("not applicable")}>–</span>`;
    if (known.low === null || known.low !== known.high) {
      const open = known.low === null || (known.low === 0 && known.high === null);
      return html`<span class="badge unknown" title=${`${figureName()}: ${figureText(known)}`}>${open ? "?" : figureText(known).replace(/ \(.*$/, "")}</span>`;
    }
    return html`<span class="badge" style="--part:${part(unit, known.low)}" title=${`${figureName()}: ${figureText(known)}`}>${number(known.low)}</span>`;
  }

  // How full the colour is: beside the units of the same kind on this stop, by logarithm.
  let most = { stop: -1, kinds: new Map() };
  function part(unit, value) {
    const at = stop();
    if (most.stop !== at) {
      most = { stop: at, kinds: new Map() };
      for (const each of model.figureOf.keys()) {
        const known = model.figure(each, at);
        const kind = model.textOn("kind", each, state.day);
        if (known && known.high !== null) most.kinds.set(kind, Math.max(most.kinds.get(kind) ?? 0, known.high));
      }
    }
    const top = most.kinds.get(model.textOn("kind", unit, state.day)) ?? 0;
    return top > 0 ? (Math.log1p(Math.max(0, value)) / Math.log1p(top)).toFixed(2) : 0;
  }

  function source(at) {
    const act = model.acts[at];
    const it = act.source;
    const title = (state.lang === "vi" && it.title_vi) || it.title || it.title_vi;
    const rows = [
      [say("title"), title], [say("issuer"), it.issuer], [say("decided"), it.decided && shownDay(it.decided)],
      [say("in force"), it.in_force && shownDay(it.in_force)], [say("certainty"), it.certainty && word("certainty", it.certainty)],
      [say("note"), [it.note, act.note].filter(Boolean).join("; ")], [say("within"), act.within && say("day known to", { period: act.within })],
    ];
    return html`<details class="source"><summary>${it.label}${it.certainty && it.certainty !== "seen" ? html` <em>(${word("certainty", it.certainty)})</em>` : nothing}</summary>
      <dl>${rows.filter(([, text]) => text).map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl></details>`;
  }

  // ---- the head: search, days, counts

  function head() {
    const list = state.suggestions;
    return html`<header>
      <h1>${data.title ?? say("heading")}</h1>
      <div class="search">
        <input id="search" type="search" role="combobox" aria-expanded=${list ? "true" : "false"} aria-controls="found" autocomplete="off" spellcheck="false"
          aria-activedescendant=${state.chosen >= 0 ? `found-${state.chosen}` : nothing}
          aria-label=${say("find")} placeholder=${say("find")} .value=${live(state.query)} @input=${search} @keydown=${searchKey}
          @blur=${() => setTimeout(() => state.suggestions && show({ suggestions: null }), 200)}>
        ${list ? html`<ul id="found" role="listbox" aria-label=${say("found")}>${list.length ? list.map((unit, at) => html`<li id="found-${at}" role="option" aria-selected=${at === state.chosen ? "true" : "false"}
            data-unit=${unit} @mousedown=${(event) => { event.preventDefault(); go(unit); }}>${mark(model.nearest("kind", unit, state.day))} ${model.name(unit, state.day)}
            <small>${place(unit)}</small></li>`) : html`<li class="quiet">${say("none near")}</li>`}</ul>` : nothing}
      </div>
      <button class="lang" lang=${state.lang === "vi" ? "en" : "vi"} @click=${() => show({ lang: state.lang === "vi" ? "en" : "vi" })}>${state.lang === "vi" ? "English" : "Tiếng Việt"}</button>
      ${data.known_on ? html`<small class="known">${say("as known on", { day: shownDay(data.known_on) })}</small>` : nothing}
    </header>`;
  }

  // Where a unit stands, to tell namesakes apart; or when it lived.
  function place(unit) {
    const code = model.nearest("code", unit, state.day);
    const life = model.life(unit);
    const path = model.path(snapshot(), unit);
    const where = model.lives(unit, state.day) ? path.slice(1, -1).map((above) => model.name(above, state.day)).join(" › ") : lived(life);
    return [code, where].filter(Boolean).join(" · ");
  }

  const dayBefore = (day) => new Date(Date.parse(day) - 86400000).toISOString().slice(0, 10);
  const lived = (life) => (life.end === null ? say("since", { day: shownDay(life.start) })
    : life.end === life.start ? say("no whole day", { day: shownDay(life.start) })
    : say("from to", { first: shownDay(life.start), last: shownDay(dayBefore(life.end)) }));

  function days() {
    const at = stop();
    const now = model.stops[at];
    const before = model.stops[at - 1];
    return html`<section class="days" aria-label=${say("day")}>
      <div class="line">
        <button aria-label=${say("act before")} ?disabled=${at <= 0} @click=${() => step(-1)}>◀</button>
        <div class="slide">${bars(at)}
          <input id="slider" type="range" min="0" max=${model.stops.length - 1} .value=${live(String(Math.max(0, at)))} aria-label=${say("day")}
            aria-valuetext=${now ? shownDay(now.day) : say("before")} @input=${(event) => show({ day: model.stops[event.target.value].day })}></div>
        <button aria-label=${say("act after")} ?disabled=${at >= model.stops.length - 1} @click=${() => step(1)}>▶</button>
        <input id="day" class="day" aria-label=${say("day typed")} .value=${live(shownDay(state.day))} @change=${typeDay} inputmode="numeric" size="10">
      </div>
      <p class="counts" role="status">${now ? html`<b>${shownDay(state.day)}</b>${counts(now, before)}` : say("not recorded before", { day: shownDay(model.firstDay) })}
        ${state.problem ? html`<span class="problem">${state.problem}</span>` : nothing}</p>
    </section>`;
  }

  function counts(now, before) {
    return Object.entries(now.counts).map(([kind, count]) => {
      const was = before?.counts[kind];
      // What was first recorded on this day was there before: its number is no change.
      const changed = was !== undefined && was !== count && !now.first;
      return html`<span class="count">${mark(kind)} ${number(count)} ${kindName(kind)}${changed ? html` <small>(${say("was", { count: number(was) })})</small>` : nothing}</span>`;
    }).concat(before && !now.first ? Object.entries(before.counts).filter(([kind]) => !(kind in now.counts)).map(([kind, count]) =>
      html`<span class="count">${mark(kind)} 0 ${kindName(kind)} <small>(${say("was", { count: number(count) })})</small></span>`) : []);
  }

  // One bar an act day, as high as the logarithm of its events; many days share bars.
  function bars(at) {
    const stops = model.stops;
    const groups = stops.length <= MOST_BARS ? stops.map((each, place) => ({ ...each, place, places: 1 })) : binned(stops);
    const tallest = Math.log1p(Math.max(1, ...groups.map((each) => each.events)));
    const x = (place) => (stops.length === 1 ? 50 : 1 + (98 * place) / (stops.length - 1));
    const few = stops.length <= 8;
    return html`<div class="bars" aria-hidden="true">${groups.map((each) => {
      const here = at >= each.place && at < each.place + each.places;
      const tall = 3 + (19 * Math.log1p(each.events)) / tallest;
      return html`<span class="bar ${here ? "here" : ""} ${each.first ? "first" : ""}" style="left:${x(each.place)}%;height:${tall}px"
        title=${`${shownDay(each.day)}: ${say("events", { count: number(each.events) })}${each.first ? `, ${say("first recorded")}` : ""}`}></span>
        ${few || here ? html`<span class="date ${here ? "here" : ""} ${each.place === 0 ? "left" : each.place + each.places === stops.length ? "right" : ""}" style="left:${x(here ? at : each.place)}%;bottom:${tall + 2}px">${shownDay(here ? stops[at].day : each.day)}</span>` : nothing}`;
    })}</div>`;
  }

  function binned(stops) {
    const groups = [];
    const size = Math.ceil(stops.length / MOST_BARS);
    for (let place = 0; place < stops.length; place += size) {
      const part = stops.slice(place, place + size);
      groups.push({ day: part[0].day, place, places: part.length, events: part.reduce((sum, each) => sum + each.events, 0), first: part.some((each) => each.first) });
    }
    return groups;
  }

  // ---- the tree

  function tree() {
    const seen = snapshot();
    const rows = model.rows(seen, state.open);
    const first = Math.max(0, Math.floor(state.top / ROW) - 6);
    const last = Math.min(rows.length, Math.ceil((state.top + state.height) / ROW) + 6);
    const shown = rows.slice(first, last).map((row, at) => ({ ...row, at: first + at }));
    const focused = rows.findIndex((row) => row.unit === state.focus);
    // The focused row is always drawn, or a screen reader would lose it.
    if (focused >= 0 && (focused < first || focused >= last)) shown.push({ ...rows[focused], at: focused });
    return html`<nav class="tree-pane">
      ${model.hierarchies.length > 1 ? html`<select aria-label=${say("hierarchy")} @change=${(event) => show({ hierarchy: event.target.value })}>
        ${model.hierarchies.map((name) => html`<option value=${name} ?selected=${name === state.hierarchy}>${name}</option>`)}</select>` : nothing}
      <div id="tree" role="tree" tabindex="0" aria-label=${say("units")} aria-activedescendant=${focused >= 0 ? `row-${rows[focused].unit}` : nothing}
        @keydown=${treeKey} @scroll=${(event) => { state.top = event.target.scrollTop; later(); }}>
        <div class="all" role="presentation" style="height:${rows.length * ROW}px">${repeat(shown, (row) => row.unit, (row) => treeRow(row, seen))}</div>
        ${rows.length ? nothing : html`<p class="quiet">${say(stop() < 0 ? "not recorded before" : "no units", { day: shownDay(model.firstDay) })}</p>`}
      </div>
    </nav>`;
  }

  function treeRow(row, seen) {
    const kind = model.textOn("kind", row.unit, state.day);
    return html`<div id="row-${row.unit}" role="treeitem" class="row ${row.unit === state.unit ? "here" : ""} ${row.unit === state.focus ? "focus" : ""}" data-unit=${row.unit}
      aria-level=${row.level} aria-posinset=${row.position} aria-setsize=${row.size} aria-selected=${row.unit === state.unit ? "true" : "false"} aria-expanded=${row.children ? String(row.open) : nothing}
      style="top:${row.at * ROW}px;padding-left:${8 + 18 * (row.level - 1)}px" @click=${() => go(row.unit)}>
      <span class="toggle" aria-hidden="true" @click=${(event) => { if (row.children) { event.stopPropagation(); toggle(row.unit); } }}>${row.children ? (row.open ? "▼" : "▶") : ""}</span>
      ${mark(kind)}<span class="name">${model.name(row.unit, state.day)}</span>${seen.below[row.unit] ? html`<small>${number(seen.below[row.unit])}</small>` : nothing}${badge(row.unit)}</div>`;
  }

  // ---- a unit

  function unitView() {
    const unit = state.unit;
    if (unit === null) return html`<p class="quiet">${say("choose")}</p>${actsOf(stop())}`;
    const alive = model.lives(unit, state.day);
    const life = model.life(unit);
    const path = model.path(snapshot(), unit);
    const kind = model.nearest("kind", unit, state.day);
    const category = model.nearest("category", unit, state.day);
    const code = model.nearest("code", unit, state.day);
    const known = data.figure ? model.figure(unit, stop()) : null;
    return html`<article>
      ${path.length > 1 ? html`<p class="path">${path.slice(0, -1).map((above) => html`${link(above)} › `)}</p>` : nothing}
      <h2>${unit < model.unitsCount ? mark(kind) : nothing} ${model.name(unit, state.day)}</h2>
      <p>${kind ? html`<span class="tag">${category ?? kindName(kind)}</span>` : nothing} ${code ? html`<b>${code}</b> · ` : nothing}<code>${model.units[unit]}</code> · ${lived(life)}</p>
      ${alive ? nothing : outside(unit, life)}
      ${data.figure ? html`<p>${figureName()}: ${alive && known ? figureText(known) : say("not applicable")}</p>` : nothing}
      ${below(unit)} ${inClusters(unit)}
      ${model.eventsAbout(unit).map((event) => became(event, unit))}
      <h3>${say("biography")}</h3>${model.biography(unit).map((card) => html`<section class="card ${card.day > state.day ? "later" : ""}">
        <p><b>${shownDay(card.day)}</b> ${source(card.act)}</p>
        <dl class="facts">${card.began.map(fact)}${ending(card.ended).map((row) => html`<div class="fact ended"><dt>${trackName(model.facts.track[row])}</dt><dd>${isLife(row) ? say("ended") : html`${say("ended")}: ${value(row, card.day)}`}</dd></div>`)}</dl></section>`)}
    </article>`;
  }

  const isLife = (row) => data.tracks[model.facts.track[row]][0] === "life";
  // What ends with the unit itself is not told one by one.
  const ending = (rows) => (rows.some(isLife) ? rows.filter(isLife) : rows);

  function outside(unit, life) {
    const yet = state.day < life.start;
    const day = yet ? life.start : life.end === life.start ? life.start : dayBefore(life.end);
    const now = model.successors(unit) ?? [];
    return html`<p class="notice">${yet ? say("not yet", { day: shownDay(life.start) }) : say("has ended", { day: shownDay(life.end) })}
      ${!yet && now.length ? html` ${say("now")}: ${links(now, data.last_day)}.` : nothing} ${!yet && !now.length ? say("no successor") : nothing}
      <button @click=${() => go(unit, day)}>${say("show day", { day: shownDay(day) })}</button></p>`;
  }

  function below(unit) {
    const children = snapshot().children.get(unit) ?? [];
    if (!children.length) return nothing;
    const kinds = new Map();
    for (const child of children) {
      const kind = model.textOn("kind", child, state.day);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return html`<p>${say("directly below")}: ${[...kinds].map(([kind, count], at) => html`${at ? ", " : ""}${number(count)} ${kindName(kind)}`)}</p>`;
  }

  function inClusters(unit) {
    return model.clustersOf(unit, state.day).map((cluster) => {
      const roles = model.roles(cluster, state.day).filter((each) => each.unit === unit).map((each) => roleName(each.role));
      return html`<p>${say("member of")}: <a href=${model.write({ ...state, view: "clusters" })} @click=${(event) => { event.preventDefault(); show({ view: "clusters" }); }}>${model.name(cluster, state.day)}</a>${roles.length ? ` (${roles.join(", ")})` : ""}</p>`;
    });
  }

  function fact(row) {
    const track = model.facts.track[row];
    const slot = model.facts.slot[row];
    const from = model.carriedFrom(row);
    const end = model.facts.end[row];
    const id = data.tracks[track][0];
    if (id === "life") return nothing;
    const withUnit = end >= 0 && model.days[end] === model.life(model.facts.unit[row]).end;
    const shownSlot = slot < 0 || (id.startsWith("measure:") && model.texts[slot] === "own") ? "" : ` ${id === "role" ? roleName(model.texts[slot]) : model.texts[slot]}`;
    return html`<div class="fact"><dt>${trackName(track)}${shownSlot}</dt><dd>${value(row, model.days[model.facts.start[row]])}
      ${from.length ? html`<small>(${say("carried")}: ${links(from, dayBefore(model.days[model.facts.start[row]]))})</small>` : nothing}
      ${end >= 0 && !withUnit ? html`<small>${say("until", { day: shownDay(dayBefore(model.days[end])) })}</small>` : nothing}</dd></div>`;
  }

  function value(row, day) {
    const said = model.said(row);
    if (said.unit !== undefined) return said.unit < model.unitsCount ? link(said.unit, day) : model.name(said.unit, day);
    if (said.text === undefined) return say("root");
    const id = data.tracks[model.facts.track[row]][0];
    if (id === "kind") return kindName(said.text);
    return id === "role" ? word("absent", said.text) : said.text;
  }

  const roleName = (role) => {
    const [name, seat] = role.split(" ");
    return seat && name !== "leader" ? `${word("role", name)} ${seat}` : word("role", name);
  };

  // The whole succession: all parts and all results, the unit itself bold, parts dashed.
  function became(event, unit) {
    const act = model.acts[event.act];
    const olds = [...new Set(event.links.map((each) => each.old))];
    const news = [...new Set(event.links.map((each) => each.new))];
    const many = Math.max(olds.length, news.length);
    const most = 24;
    const day = act.day;
    const sentence = html`<p class="sentence">${links(olds, dayBefore(day), " + ")} → ${links(news, day, " + ")}
      <small>(${word("event", event.type)}${event.links.some((each) => each.part) ? `; ${say("in part")}` : ""})</small></p>`;
    return html`<section class="became"><p><b>${shownDay(day)}</b> ${source(event.act)}</p>
      ${many <= most ? flow(event, olds, news, unit, day) : html`<p class="quiet">${say("too many", { count: number(many) })}</p>`}${sentence}</section>`;
  }

  function flow(event, olds, news, unit, day) {
    const tall = Math.max(olds.length, news.length) * 26 + 8;
    const y = (list, each) => tall / 2 + (list.indexOf(each) - (list.length - 1) / 2) * 26;
    const box = (list, side) => html`<div class="side ${side}" style="height:${tall}px">${list.map((each) => html`<div class="end ${each === unit ? "self" : ""}" style="top:${y(list, each) - 13}px">
      ${link(each, side === "old" ? dayBefore(day) : day)}</div>`)}</div>`;
    return html`<div class="flow">${box(olds, "old")}<svg viewBox="0 0 90 ${tall}" width="90" height=${tall} role="img" aria-label=${say("became")}>
      ${event.links.map((each) => svg`<path class=${each.part ? "part" : "whole"} d=${`M2 ${y(olds, each.old)} C45 ${y(olds, each.old)} 45 ${y(news, each.new)} 88 ${y(news, each.new)}`}><title>${each.part ? each.text || say("share unknown") : word("extent", "whole")}</title></path>`)}</svg>${box(news, "new")}</div>`;
  }

  // ---- clusters and acts

  function clustersView() {
    const at = stop();
    const changes = model.clusterChanges(at);
    const ids = model.clustersOn(state.day);
    if (!ids.length && !changes.length) return html`<p class="quiet">${say("no clusters")}</p>`;
    return html`${changes.map((change) => clusterChange(change, at))}
      ${ids.filter((cluster) => !changes.some((change) => change.cluster === cluster)).map((cluster) => {
        const members = model.members(cluster, state.day);
        return html`<section><h2 class="group">${model.name(cluster, state.day)}: ${say("members", { count: number(members.length) })}</h2>${rolesOf(cluster)}<ul>${members.map((unit) => html`<li>${link(unit)}</li>`)}</ul></section>`;
      })}`;
  }

  const rolesOf = (cluster) => {
    const roles = model.roles(cluster, state.day);
    return roles.length ? html`<p>${roles.map((each, at) => html`${at ? "; " : ""}${roleName(each.role)}: ${each.unit === undefined ? word("absent", each.text) : link(each.unit)}`)}</p>` : nothing;
  };

  function clusterChange(change, at) {
    const before = model.stops[at - 1].day;
    const sorted = [...change.entries].sort((a, b) => (a[0] === "retained") - (b[0] === "retained"));
    return html`<section class="change"><h2>${model.name(change.cluster, state.day)}: ${say("from members", { before: number(change.before), after: number(change.after) })}</h2>
      <p class="quiet">${shownDay(before)} → ${shownDay(model.stops[at].day)}</p>${rolesOf(change.cluster)}
      ${change.lapsed.map(([role, seat, unit, successors]) => html`<p class="notice">${roleName(`${role} ${seat}`)} ${say("ended")}: ${link(unit, before)}; ${say("now")}: ${successors.length ? links(successors, state.day) : say("nobody")}</p>`)}
      <table><thead><tr><th scope="col">${say("before")}</th><th scope="col">${say("what happened")}</th><th scope="col">${say("after")}</th></tr></thead><tbody>
      ${sorted.map(([what, olds, news, part, clusters, acts]) => html`<tr class=${what === "retained" ? "" : "moved"}>
        <td>${olds.map((unit) => html`<div>${link(unit, before)}</div>`)}</td>
        <td>${word("change in a cluster", what)}${part ? ` (${word("extent", "part")})` : ""}${clusters.length ? html`: ${links(clusters, state.day)}` : nothing}${acts.map(source)}</td>
        <td>${news.map((unit) => html`<div>${link(unit, state.day)}</div>`)}</td></tr>`)}</tbody></table></section>`;
  }

  function actsView() {
    const at = stop();
    return html`${model.stops.map((each, place) => (Math.abs(place - at) <= 0 || model.stops.length <= MOST_BARS ? html`<h2 class="group ${place === at ? "here" : ""}">
      <a href=${model.write({ ...state, day: each.day })} @click=${(event) => { event.preventDefault(); show({ day: each.day }); }}>${shownDay(each.day)}</a></h2>${place === at ? actsOf(place) : nothing}` : nothing))}`;
  }

  function actsOf(place) {
    if (place < 0) return nothing;
    const day = model.stops[place].day;
    return model.acts.map((act, at) => (act.day === day ? html`<section class="card"><p>${source(at)}</p>
      <p>${Object.entries(act.done).map(([what, count], n) => html`${n ? ", " : ""}${number(count)} × ${word("event", what)}`)}${act.first ? html` · ${say("first recorded")}: ${number(act.first)}` : nothing}</p>
      ${state.more[at] ? html`<p class="units">${links(model.unitsOf(at).slice(0, 500), state.day)}</p>` : html`<button @click=${() => { state.more[at] = true; draw(); }}>${say("its units")}</button>`}
      </section>` : nothing));
  }

  // ---- the whole page

  function page() {
    const tab = (view, text) => html`<button role="tab" aria-selected=${state.view === view ? "true" : "false"} @click=${() => show({ view })}>${text}</button>`;
    return html`${head()}${days()}<main class=${state.unit === null && state.view === "unit" ? "list" : "detail"}>${tree()}
      <section class="pane"><div class="tabs"><div role="tablist">${tab("unit", say("unit"))}${tab("clusters", say("clusters"))}${tab("acts", say("acts"))}</div>
        <button class="back" @click=${() => show({ unit: null, view: "unit" })}>${say("back")}</button><button class="print" @click=${() => print()}>${say("print")}</button></div>
        <div class="content">${state.view === "unit" ? unitView() : state.view === "clusters" ? clustersView() : actsView()}</div>
        ${data.hidden ? html`<p class="quiet">${say("hidden", { count: number(data.hidden) })}</p>` : nothing}</section></main>`;
  }

  const draw = () => render(page(), document.getElementById("page"));
  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }

  // A link of another page or an older one may name what is not here: that is said, not passed over.
  function linkProblem(hash) {
    const { day, unit } = model.unread(hash);
    return [day && say("no day", { text: day }), unit && say("no such unit", { text: unit })].filter(Boolean).join(" ");
  }

  function start() {
    const asked = model.read(location.hash);
    Object.assign(state, asked);
    const roots = model.snapshot(state.day, state.hierarchy).roots;
    if (model.rows(model.snapshot(state.day, state.hierarchy), new Set(roots)).length <= 400) roots.forEach((root) => state.open.add(root));
    setLanguage();
    draw();
    const list = document.getElementById("tree");
    state.height = list.clientHeight || 600;
    new ResizeObserver(() => { if (list.clientHeight && list.clientHeight !== state.height) { state.height = list.clientHeight; later(); } }).observe(list);
    const problem = linkProblem(location.hash);
    if (asked.unit !== undefined) go(asked.unit);
    if (problem) show({ problem });
    document.documentElement.dataset.ready = "yes";
  }

  addEventListener("hashchange", () => {
    const asked = model.read(location.hash);
    const problem = linkProblem(location.hash);
    if (asked.unit !== undefined) go(asked.unit, asked.day ?? state.day);
    show({ ...asked, problem });
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  start();
})();

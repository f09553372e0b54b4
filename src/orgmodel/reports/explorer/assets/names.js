// Which unit a name means: the library's matcher (orgmodel.structure.spelling, titles, matcher) in the page's language.
// The tests ask both the same and compare. The words for sorts of units come with the data, so that they stand in one place.
const names = (() => {
  "use strict";

  // ---- how names are written

  const TONES = { "\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j" };
  const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
  const words = (text) => text.split(SPACES).filter(Boolean);
  const strip = (text) => text.replace(/^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/gu, "");

  function tidy(text) {
    const small = text.replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/gu, "").normalize("NFC").toLowerCase();
    const bare = small.replace(/['\u2018\u2019\u201b\u02bc\u02b9\u0060\u00b4\u2032]+/gu, "").replace(/[-\u2010-\u2015\u2212_/·]+/gu, " ");
    return words(bare).join(" ");
  }

  function word(text) {
    const letters = [], marks = [];
    let tone = "";
    for (const sign of text.replace(/[đð]/gu, "d\u0335").normalize("NFD")) {
      if (TONES[sign]) tone += TONES[sign];
      else if (/\p{Mn}/u.test(sign)) {
        if (marks.length) marks[marks.length - 1] = marks[marks.length - 1] === "-" ? sign : marks[marks.length - 1] + sign;
      } else {
        letters.push(sign);
        marks.push("-");
      }
    }
    const one = (mark) => ([...mark].length === 1 ? mark : String.fromCodePoint(0xe000 + ([...mark].reduce((sum, sign) => sum + sign.codePointAt(0), 0) % 4096)));
    return [letters.join(""), marks.map(one).join(""), tone];
  }

  const spellings = new Map();
  function spelling(text) {
    const known = spellings.get(text);
    if (known) return known;
    const parts = tidy(text).split(" ").map((each) => word(each.replace(/^[.,:]+|[.,:]+$/gu, ""))).filter(([letters]) => letters);
    const [letters, marks, tones] = [0, 1, 2].map((at) => parts.map((part) => part[at]).join(""));
    const made = { letters, marks, tones, words: parts.map((part) => part[0]).join(" "), unmarked: !tones && !marks.replace(/^-+|-+$/gu, "") };
    if (spellings.size > 50000) spellings.clear();
    spellings.set(text, made);
    return made;
  }

  function leavesOutMarksOf(asked, name) {
    const mine = [...asked.marks], theirs = [...name.marks];
    if (mine.length !== theirs.length) return false;
    if (mine.some((mark, at) => mark !== "-" && mark !== theirs[at])) return false;
    let from = 0;
    for (const tone of asked.tones) {
      const at = name.tones.indexOf(tone, from);
      if (at < 0) return false;
      from = at + 1;
    }
    return true;
  }

  const sameSpelling = (a, b) => a.letters === b.letters && a.marks === b.marks && a.tones === b.tones && a.words === b.words;
  const sameSound = (letters) => letters.replace(/k(?!h)/gu, "c").replace(/(?<![aeiou])y|(?<=qu)y/gu, "i");

  function numberOf(letters) {
    if (/^[0-9]+$/u.test(letters)) return letters.replace(/^0+/u, "") || "0";
    const found = letters && /^(x{0,3})(ix|iv|v?i{0,3})$/u.exec(letters);
    if (!found) return null;
    const value = { "": 0, i: 1, ii: 2, iii: 3, iv: 4, v: 5, vi: 6, vii: 7, viii: 8, ix: 9 }[found[2]];
    return String(10 * found[1].length + value);
  }

  // ---- the words before a name

  const GLUED = /^(t\.?p|t\.?x|t\.?t|đk|dk|[ptqhx])(?:\.\s*|(?=\d))/u;
  const APART = /\s*(?:[,;()[\]\n]|(?<![\p{L}\p{N}_])thuộc(?![\p{L}\p{N}_]))\s*/giu;
  const DASHED = /\s+[-\u2010-\u2015/]\s+/gu;
  const RUN_ON = /\s+(?=(?:huyện|huyen|quận|quan|tỉnh|tinh|thành phố|thanh pho|thị xã|thi xa|tp\.?|tx\.?|[hqt]\.)\s)/giu;

  class Titles {
    constructor({ titles, english, full }) {
      this.english = new Set(english);
      this.full = new Set(full);
      this.byLetters = new Map();
      this.longest = 1;
      for (const [sort, texts] of Object.entries(titles)) {
        for (const text of texts) {
          this.longest = Math.max(this.longest, words(text).length);
          const its = spelling(text);
          if (!this.byLetters.has(its.letters)) this.byLetters.set(its.letters, new Map());
          const same = this.byLetters.get(its.letters);
          if (!same.has(text)) same.set(text, { its, sorts: new Set() });
          same.get(text).sorts.add(sort);
        }
      }
      this.known = new Map();
      this.sorted = new Map();
    }

    title(text) {
      const said = spelling(text);
      const sorts = new Set();
      let full = false;
      for (const [name, { its, sorts: of }] of this.byLetters.get(said.letters) ?? []) {
        if (sameSpelling(said, its) || said.unmarked || leavesOutMarksOf(said, its)) {
          for (const sort of of) sorts.add(sort);
          full = full || this.full.has(name);
        }
      }
      return [sorts, full];
    }

    sortsOf(text) {
      if (!text) return new Set();
      if (!this.sorted.has(text)) this.sorted.set(text, this.title(text)[0]);
      return this.sorted.get(text);
    }

    readings(text) {
      const known = this.known.get(text);
      if (known) return known;
      const whole = spelling(text);
      const found = whole.letters ? [{ name: whole, sorts: new Set(), full: false }] : [];
      const said = tidy(text);
      const parts = words(said.replace(GLUED, "$1 "));
      const clear = GLUED.test(said) || ["tp", "tx", "tt", "đk"].includes(parts[0]);
      for (let count = 1; count <= Math.min(this.longest, parts.length - 1); count++) {
        const [sorts, full] = this.title(parts.slice(0, count).join(" "));
        if (sorts.size) found.push({ name: spelling(parts.slice(count).join(" ").replace(/^số /u, "")), sorts, full: full || (count === 1 && clear) });
        const behind = parts.slice(-count).join(" ");
        if (this.english.has(behind)) found.push({ name: spelling(parts.slice(0, -count).join(" ")), sorts: this.title(behind)[0], full: false });
      }
      this.known.set(text, found);
      return found;
    }

    splitAbove(text) {
      const ways = [[text, []]];
      const seen = new Set([JSON.stringify([text])]);
      for (const pattern of [APART, DASHED, RUN_ON]) {
        const parts = text.split(pattern).filter(Boolean);
        if (parts.some((part) => this.sortsOf(part).size)) continue;
        const titled = pattern !== DASHED || parts.slice(1).every((part) => this.readings(part).length > 1);
        const key = JSON.stringify(parts);
        if (parts.length > 1 && titled && !seen.has(key)) {
          seen.add(key);
          ways.push([parts[0], parts.slice(1)]);
        }
      }
      return ways;
    }
  }

  // ---- the matcher

  const [SAME, LOOSE, FEWER] = [0, 1, 2];

  function keys(name, titled) {
    const number = titled ? numberOf(name.letters) : null;
    const out = number === null ? [] : [`#${number}`];
    if (number === null || number !== name.letters) out.push(sameSound(name.letters));
    return out;
  }

  function fit(asked, name, marked) {
    const number = numberOf(name.letters);
    if (asked.letters !== name.letters && number !== null && numberOf(asked.letters) === number) return SAME;
    const joined = asked.words !== name.words;
    if (asked.marks === name.marks && asked.tones === name.tones) return joined ? LOOSE : SAME;
    if (!marked) return joined ? LOOSE : SAME;
    return leavesOutMarksOf(asked, name) ? FEWER : null;
  }

  const before = (a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

  function best(found) {
    if (!found.length) return [];
    const top = found.reduce((one, each) => (before(each.rank, one.rank) < 0 ? each : one)).rank;
    return found.filter((each) => before(each.rank, top) === 0);
  }

  class Matcher {
    // layers: [{former, bearers: Map(name -> units)}]; the rest as in the library.
    constructor(titles, layers, { bearer, above, exactly, ever = null }) {
      Object.assign(this, { titles, bearer, above, exactly, ever, tops: new Map() });
      this.layers = layers.map((layer) => ({ ...layer, byLetters: this.lettersOf(layer.bearers) }));
    }

    lettersOf(bearers) {
      const found = new Map();
      for (const text of bearers.keys()) {
        for (const reading of this.titles.readings(text)) {
          if (reading.sorts.size && !reading.full) continue;
          for (const key of keys(reading.name, reading.sorts.size > 0)) {
            if (!found.has(key)) found.set(key, []);
            found.get(key).push([text, reading]);
          }
        }
      }
      return found;
    }

    find(text) {
      const exact = this.exactly(strip(text));
      if (exact.length) return exact;
      for (const [name, above] of this.titles.splitAbove(text)) {
        const fitting = this.fitting(name, !spelling(text).unmarked);
        const under = new Set(this.under([...new Set(fitting.map((each) => each.unit))], above));
        const fits = best(fitting.filter((each) => under.has(each.unit)));
        if (fits.length) {
          if (fits[0].rank[2] && this.ofOtherDays(name, above)) return [];
          return [...new Set(fits.map((each) => each.unit))];
        }
      }
      return [];
    }

    ofOtherDays(name, above) {
      if (!this.ever) return false;
      const ever = this.ever();
      const fits = best(ever.fitting(name, !spelling(name).unmarked));
      const inside = ever.under([...new Set(fits.map((each) => each.unit))], above);
      return fits.length > 0 && !fits[0].rank[2] && !fits[0].rank[0] && inside.length > 0;
    }

    fitting(text, marked) {
      const out = [];
      for (const asked of this.titles.readings(text)) {
        for (const layer of this.layers) {
          for (const key of keys(asked.name, asked.sorts.size > 0)) {
            for (const [name, reading] of layer.byLetters.get(key) ?? []) {
              const how = fit(asked.name, reading.name, marked);
              if (how === null) continue;
              for (const unit of layer.bearers.get(name)) {
                if (asked.sorts.size && !this.isSort(unit, asked.sorts, reading.sorts)) continue;
                const bare = reading.sorts.size > 0 && !asked.sorts.size;
                out.push({ unit, rank: [Number(layer.former), how, Number(bare)] });
              }
            }
          }
        }
      }
      return out;
    }

    isSort(unit, asked, named) {
      const meets = (sorts) => [...asked].some((sort) => sorts.has(sort));
      if (named.size) return meets(named);
      const { kind, category } = this.bearer(unit);
      let known = this.titles.sortsOf(category);
      if (!known.size) known = this.titles.sortsOf(kind);
      if (category === null && kind === "province") known = new Set([...known, "thành phố"]);
      return !known.size || meets(known);
    }

    under(units, above) {
      const tops = above.filter((text) => strip(text)).flatMap((text) => this.meantAbove(text));
      if (!tops.length) return units;
      return units.filter((unit) => {
        const ancestors = new Set(this.above(unit));
        return tops.every((top) => [...top].some((each) => ancestors.has(each)));
      });
    }

    meantAbove(text) {
      if (!this.tops.has(text)) {
        let found = [];
        for (const [name, more] of this.titles.splitAbove(text)) {
          found = [name, ...more].map((each) => this.anyFitting(each));
          if (found.every((each) => each.size)) break;
        }
        this.tops.set(text, found);
      }
      return this.tops.get(text);
    }

    anyFitting(text) {
      const exact = this.exactly(strip(text));
      return new Set(exact.length ? exact : this.fitting(text, !spelling(text).unmarked).map((each) => each.unit));
    }
  }

  return { Titles, Matcher, spelling, tidy };
})();

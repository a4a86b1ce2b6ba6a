// Makes the pages' style sheet out of the one that Sass compiled: `node build.mjs WHOLE.css OUT.css`.
//
// GOV.UK Frontend has rules for everything a service may need, and writes some declarations with each.
// We keep what our pages can show, and say once what holds for all of it. `make assets` runs this.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const pages = join(here, "..");
const components = join(here, "../../../node_modules/govuk-frontend/dist/govuk/components");

// The components that our templates import, with those they are made of: an input has a label, a
// hint and an error message.
function componentsInUse() {
  const templates = join(pages, "templates");
  const texts = readdirSync(templates).map((name) => readFileSync(join(templates, name), "utf8"));
  const waiting = texts.flatMap((text) =>
    [...text.matchAll(/govuk_frontend_jinja\/components\/([a-z-]+)\//g)].map((found) => found[1]),
  );
  const used = new Set();
  while (waiting.length) {
    const name = waiting.pop();
    if (used.has(name)) continue;
    used.add(name);
    const text = readFileSync(join(components, name, "template.njk"), "utf8");
    for (const found of text.matchAll(/from "\.\.\/([a-z-]+)\/macro\.njk"/g)) waiting.push(found[1]);
  }
  return [...used].sort();
}

// What those components could show as well, and no page of ours asks for.
const NEVER_ASKED_FOR = [
  /govuk-button(--inverse|--start|__start-icon)/,
  /govuk-exit-this-page/,
  /govuk-fieldset__legend--(l|xl)$/,
  /govuk-input__(prefix|suffix|wrapper)/,
  /govuk-label--(l|xl)$/,
  /govuk-panel(--interruption|__actions)/,
  /govuk-radios(--small|--inline|__conditional|__divider)/,
  /govuk-summary-card/,
  /^\[href\^=.*govuk-link::after$/, // an address in print: nobody can open it, and it may be secret
];

async function purged(css) {
  const [{ css: kept }] = await new PurgeCSS().purge({
    css: [{ raw: css }],
    content: [
      join(pages, "templates/*.html"),
      join(pages, "../handlers/**/*.py"),
      ...componentsInUse().map((name) => join(components, name, "template.njk")),
    ],
    defaultExtractor: (text) => text.match(/[\w!-]+/g) ?? [],
    safelist: [/^govuk-input--width-\d+$/], // the template writes the number
    blocklist: NEVER_ASKED_FOR,
  });
  return kept;
}

const inPrint = (node) => node.parent?.parent?.name === "media" && node.parent.parent.params === "print";

// The colours have a name and a value each, and no page changes them, so the value is enough. Only
// that of the text is another in print and in a banner.
const STAYS_A_NAME = "--govuk-text-colour";
const NAMED = /var\((--govuk-[a-z-]+),\s*(#[0-9a-f]{3,6})\)/g;

function saidOnce(declaration) {
  const { prop, value, parent } = declaration;
  // The body has the typeface (_parts.scss), and all else inherits it. So do the sizes in print.
  const typeface =
    (prop === "font-family" && value === "inherit") || /^-(webkit|moz-osx)-font-smoothing$/.test(prop);
  const size = inPrint(declaration) && /^(font-size|line-height)$/.test(prop) && parent.selector !== "html";
  const name = prop.startsWith("--govuk-") && prop !== STAYS_A_NAME;
  // Browsers that need these have not been made since 2019.
  const old = /^-webkit-text-decoration-skip/.test(prop) || prop === "text-decoration-skip";
  if (typeface || size || name || old) return declaration.remove();
  declaration.value = value
    .replace(NAMED, (_, name, colour) => (name === STAYS_A_NAME ? `var(${name})` : colour))
    .replace(/#([0-9a-f])\1([0-9a-f])\2([0-9a-f])\3\b/g, "#$1$2$3")
    .replace(/\d*\.\d{5,}/g, (number) => String(Number(Number(number).toFixed(4))).replace(/^0/, ""))
    .replace(/, /g, ",");
  if (/var\(--govuk-(?!text-colour\))/.test(declaration.value))
    throw new Error(`${prop}: ${value} has a name that nothing gives a value any more`);
  return declaration;
}

// Sass writes a rule in pieces, with a media query between them. Whatever does not change the order
// in which two rules set the same property is put together.
const same = (a, b) =>
  a.type === b.type && (a.type === "rule" ? a.selector === b.selector : a.name === b.name && a.params === b.params);
const sets = (node) => {
  const found = new Set();
  node.walkDecls(({ prop }) => found.add(prop.split("-")[0].replace("line", "font")));
  return found;
};

function putTogether(container) {
  for (const node of [...container.nodes]) {
    if (!node.nodes || !node.parent) continue;
    const mine = sets(node);
    for (let before = node.prev(); before; before = before.prev()) {
      if (before.nodes && same(before, node)) {
        before.append(node.nodes);
        node.remove();
        break;
      }
      if (!before.nodes || [...sets(before)].some((prop) => mine.has(prop))) break;
    }
  }
  for (const node of container.nodes) if (node.type === "atrule" && node.nodes) putTogether(node);
}

const [, , whole, out] = process.argv;
const root = postcss.parse(await purged(readFileSync(whole, "utf8")));
root.walkDecls(saidOnce);
root.walkAtRules((rule) => {
  // For browsers of before 2024 (there, a focused link that breaks has one frame around its lines), and
  // for Internet Explorer.
  if (/not \(text-wrap/.test(rule.params) || /^screen(?! and \(|$)/.test(rule.params)) rule.remove();
});
root.walkRules((rule) => {
  if (!rule.nodes.length) rule.remove();
});
root.walkAtRules((rule) => {
  if (rule.nodes?.length === 0) rule.remove();
});
putTogether(root);
writeFileSync(out, root.toString().replace(/;}/g, "}").replace(/: (?=[^{}]*\)\{)/g, ":"));

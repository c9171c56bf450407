/** The report's style sheet, for light and dark mode, for narrow windows and for print. */
import { type FigureColour, PALETTE } from '../util/figure-style.js';

const figureColours = (which: 0 | 1) =>
  Object.keys(PALETTE)
    .map((name) => `--fig-${name}: ${PALETTE[name as FigureColour][which]};`)
    .join(' ');

const LIGHT = `--ink: #1d2127; --faint: #5d6673; --line: #d8dde4; --page: #ffffff; --panel: #f4f6f9; --accent: #0072b2;
  --warn: #fff4d6; --warn-ink: #5c4300; ${figureColours(0)}`;
const DARK = `--ink: #e7eaee; --faint: #a3adba; --line: #3a424d; --page: #14171b; --panel: #1d2228; --accent: #62b5e5;
  --warn: #3a2f10; --warn-ink: #f5dfa0; ${figureColours(1)}`;

/** Tables, figures, cards and notes: what the studio shows too. It uses the variables of the page, and of the figures. */
export const PARTS_STYLE = `
h4 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .32rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; } th:first-child, td:first-child { text-align: left; padding-left: .2rem; }
thead th { border-bottom: 2px solid var(--line); } tr.group th { text-align: left; padding-top: 1rem; color: var(--faint); }
tbody tr:hover td { background: var(--panel); }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; text-align: inherit; cursor: pointer; }
th button::after { content: ' ↕'; color: var(--faint); font-weight: 400; } th[aria-sort=ascending] button::after { content: ' ↑'; color: inherit; }
th[aria-sort=descending] button::after { content: ' ↓'; color: inherit; }
td.own { font-weight: 650; } small { color: var(--faint); font-weight: 400; } thead small { white-space: nowrap; }
.scroll { overflow-x: auto; } .wrap td { white-space: normal; text-align: left; overflow-wrap: anywhere; }
.wrap th { text-align: left; vertical-align: top; white-space: normal; min-width: 8rem; } .loose td { white-space: normal; vertical-align: top; }
.loose td:first-child { min-width: 9rem; } .dense table { font-size: .75rem; width: 100%; } .dense th, .dense td { padding: .22rem .24rem; }
.tall { max-height: 40rem; overflow: auto; border: 1px solid var(--line); border-radius: 6px; }
.tall thead th { position: sticky; top: 0; background: var(--panel); z-index: 1; }
.loose td.keep { white-space: nowrap; } .compact table { font-size: .8rem; } .compact th, .compact td { padding: .3rem .4rem; }
.note { background: var(--warn); color: var(--warn-ink); padding: .6rem .9rem; border-radius: 6px; margin: .5rem 0; max-width: none; }
.says { color: var(--faint); }
.answer { border-left: 4px solid var(--accent); padding: .1rem 0 .1rem .9rem; font-size: 1.05rem; max-width: 52rem; }
figure { margin: 1.2rem 0; } figcaption { font-size: .92rem; color: var(--faint); max-width: 52rem; margin-bottom: .4rem; } figcaption b { color: var(--ink); }
.panels { display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: flex-start; } .panel { max-width: 100%; }
.panel svg { display: block; max-width: 100%; height: auto; } .panel.wide svg { min-width: 34rem; }
.panels.together { flex-wrap: nowrap; } .together .panel { flex: none; max-width: none; } .together .panel svg { max-width: none; min-width: 0; }
[data-tip] { cursor: default; } [data-tip]:hover { stroke: var(--fig-ink); stroke-width: 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); gap: .8rem; list-style: none; padding: 0; margin: .8rem 0; }
.cards li.card { background: var(--panel); border-radius: 6px; padding: .6rem; font-size: .85rem; line-height: 1.4; }
.cards img { width: 6rem; height: 6rem; display: block; margin: 0 0 .4rem; border-radius: 3px; image-rendering: pixelated; }
.cards ol { list-style: none; margin: .3rem 0; padding: 0; } .cards b { display: block; }
.right { color: var(--fig-right); font-weight: 650; } .near { color: var(--fig-near); } .wrong { color: var(--fig-faint); }
.away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
code { font: .88em ui-monospace, 'DejaVu Sans Mono', monospace; background: var(--panel); padding: .1em .35em; border-radius: 4px; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; max-width: 52rem; } dt { font-weight: 600; } dd { margin: 0; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; }
  .cards { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .6rem; } th, td { padding: .3rem .5rem; }
  .scroll tr:not(.group) > :first-child { position: sticky; left: 0; background: var(--page); min-width: 6.5rem; max-width: 45vw; white-space: normal; } .tall thead tr > :first-child { background: var(--panel); } }
`;

/** The style of the report's page. */
export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} scrollbar-color: var(--faint) var(--page); } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .4rem; } h2 { font-size: 1.3rem; margin: 2.6rem 0 .4rem; }
h3 { font-size: 1.05rem; margin: 0; display: inline; }
p { margin: .6rem 0; max-width: 46rem; } .lead { color: var(--faint); margin-top: 0; }
a { color: var(--accent); } a.term { color: inherit; text-decoration: underline dotted var(--faint); text-underline-offset: .2em; }
a:focus-visible, button:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.plain { font-size: 1.5rem; line-height: 1.35; font-weight: 600; margin: 1.2rem 0 .4rem; max-width: 52rem; }
.contents { margin-top: 2.4rem; padding: .2rem 1.2rem 1rem; background: var(--panel); border-radius: 6px; } .contents h2 { margin: .8rem 0 .4rem; font-size: 1.1rem; }
.contents > ul { columns: 17rem; column-gap: 2rem; list-style: none; margin: 0 0 .8rem; padding: 0; } .contents > ul > li { break-inside: avoid; margin-bottom: .5rem; font-weight: 600; }
.contents li ul { list-style: none; margin: 0; padding: 0; font-weight: 400; font-size: .92rem; } .contents a { text-decoration: none; } .contents a:hover { text-decoration: underline; }
.contents button { font: inherit; font-size: .92rem; color: var(--ink); background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .7rem; cursor: pointer; }
details { border-top: 1px solid var(--line); padding: .55rem 0; } details[open] { padding-bottom: 1.4rem; } details details { border: 0; padding: .2rem 0; }
summary { cursor: pointer; } summary:hover h3 { color: var(--accent); } details details summary { color: var(--faint); }
#tip { position: fixed; z-index: 9; background: var(--ink); color: var(--page); padding: .2rem .55rem; border-radius: 4px; font-size: .85rem; pointer-events: none; max-width: 20rem; white-space: pre-line; }
#tip[hidden] { display: none; }
dt:target { background: var(--warn); color: var(--warn-ink); }
@media (max-width: 40rem) { body { padding: 1.2rem 1rem 3rem; } .plain { font-size: 1.25rem; } }
${PARTS_STYLE}
@media print { :root { color-scheme: light; ${LIGHT} } body { max-width: none; padding: 0; font-size: 10pt; } .tall { max-height: none; overflow: visible; }
  .scroll { overflow: visible; } .together .panel { flex: 0 1 auto; min-width: 0; } .together .panel svg { max-width: 100%; } .panel.wide svg { min-width: 0; } .contents button, #tip { display: none; } details::details-content { content-visibility: visible; display: block; }
  .card, figure, tr { break-inside: avoid; } h2, summary, figcaption { break-after: avoid; } thead { display: table-row-group; } table { font-size: 8pt; }
  th, td { padding: 2pt 4pt; white-space: normal; } .dense table { font-size: 6.5pt; } .dense th, .dense td { padding: 1pt 2pt; } th button::after { content: none; } .cards { grid-template-columns: repeat(6, 1fr); } }
`;

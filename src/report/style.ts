/** The report's style sheet, for light and dark mode and for print. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2127; --faint: #5d6673; --line: #d8dde4; --page: #ffffff; --panel: #f4f6f9;
  --accent: #0072b2; --warn: #fff4d6; --warn-ink: #5c4300; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaee; --faint: #a3adba; --line: #3a424d; --page: #14171b;
  --panel: #1d2228; --accent: #62b5e5; --warn: #3a2f10; --warn-ink: #f5dfa0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .4rem; } h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; }
p { margin: .6rem 0; max-width: 46rem; } .lead { color: var(--faint); margin-top: 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .32rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; } th:first-child, td:first-child { text-align: left; padding-left: .2rem; }
thead th { border-bottom: 2px solid var(--line); } tr.group th { text-align: left; padding-top: 1rem; color: var(--faint); }
td.own { font-weight: 650; } td small, th small { color: var(--faint); font-weight: 400; }
.scroll { overflow-x: auto; } .wrap td { white-space: normal; text-align: left; overflow-wrap: anywhere; }
.wrap th { text-align: left; vertical-align: top; } .loose td { white-space: normal; vertical-align: top; } .dense table { font-size: .78rem; width: 100%; }
.dense th, .dense td { padding: .22rem .35rem; } .tall { max-height: 40rem; overflow: auto; border: 1px solid var(--line); border-radius: 6px; }
.tall thead th { position: sticky; top: 0; background: var(--panel); }
.note { background: var(--warn); color: var(--warn-ink); padding: .6rem .9rem; border-radius: 6px; margin: .5rem 0; max-width: none; }
.loose td.keep { white-space: nowrap; } .compact table { font-size: .8rem; } .compact th, .compact td { padding: .3rem .4rem; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
.answer { border-left: 4px solid var(--accent); padding: .1rem 0 .1rem .9rem; font-size: 1.05rem; max-width: 52rem; }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--faint); }
figure { margin: 1.2rem 0; } figure svg { background: #fff; border-radius: 6px; max-width: 100%; height: auto; display: block; }
code { font: .88em ui-monospace, 'DejaVu Sans Mono', monospace; background: var(--panel); padding: .1em .35em; border-radius: 4px;
  overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; max-width: 52rem; } dt { font-weight: 600; } dd { margin: 0; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
@media print { .loose td { white-space: normal; vertical-align: top; } .dense table { font-size: .78rem; width: 100%; }
.dense th, .dense td { padding: .22rem .35rem; } .tall { max-height: none; overflow: visible; } body { max-width: none; } }
`;

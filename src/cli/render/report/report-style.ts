/** How a report looks: on a wide and a narrow screen, light and dark, on paper. Contrast of text is 4.5:1 or more (WCAG 2.2, 1.4.3). */
const COLOURS = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2128;--quiet:#57606a;--line:#d8dee4;--soft:#f5f7f9;
--accent:#0b5c6b;--added:#0b7a75;--modified:#7d8da1;--deleted:#c2622d;--good:#1a6b3c;--bad:#a3271f}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e4e8ec;--quiet:#a0abb6;--line:#313a44;--soft:#1c2229;
--accent:#6cc4d1;--added:#3fb5ad;--modified:#7688a0;--deleted:#e08a55;--good:#6cc58f;--bad:#f08a80}}`;

const TEXT = `
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:0 1.25rem 3rem;max-width:62rem;background:var(--paper);color:var(--ink);
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;overflow-wrap:anywhere}
h1,h2,h3{line-height:1.25;text-wrap:balance}
h1{margin:.1rem 0 1.5rem;font-size:clamp(1.6rem,1.2rem + 2vw,2.3rem);font-weight:650;letter-spacing:-.015em}
h1 .name{color:var(--quiet);font-weight:450}
h2{margin:0 0 .6rem;font-size:1.35rem;font-weight:650;letter-spacing:-.01em}
h3{margin:1.75rem 0 .4rem;font-size:1.05rem;font-weight:650}
p{margin:.4rem 0 .9rem;max-width:44rem}
a{color:var(--accent);text-underline-offset:.2em}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;font-size:.875em}
code{direction:ltr;unicode-bidi:isolate}
pre{margin:.4rem 0 1rem;padding:.7rem .9rem;background:var(--soft);border:1px solid var(--line);border-radius:6px;
line-height:1.5;white-space:pre-wrap}
pre code{font-size:1em}
.quiet,.more,.note,caption,footer,summary{color:var(--quiet)}
.note{display:block;font-size:.8125rem;line-height:1.4}
.kind{margin:2.2rem 0 0;color:var(--accent);font-size:.8125rem;font-weight:600;letter-spacing:.08em;text-transform:uppercase}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.arrow{color:var(--quiet);font-weight:400}
.verdict{font-weight:600}.verdict.good{color:var(--good)}.verdict.bad,.alert{color:var(--bad)}.verdict.open{color:var(--quiet)}
.skip{position:absolute;left:-100vw;padding:.5rem .9rem;background:var(--accent);color:var(--paper)}
.skip:focus{left:0;top:0}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
main:focus{outline:none}`;

const BLOCKS = `
header{border-top:4px solid var(--accent);margin-bottom:2.5rem}
.summary{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:1px;margin:0 0 1.25rem;
background:var(--line);border:1px solid var(--line);border-radius:8px;overflow:hidden}
.summary div{padding:.8rem 1rem .9rem;background:var(--paper)}
.summary dt{color:var(--quiet);font-size:.8125rem}
.summary dd{margin:0;color:var(--quiet);font-size:.8125rem;line-height:1.4}
.summary .value{margin:.1rem 0 .15rem;color:var(--ink);font-size:1.15rem;font-weight:650;line-height:1.3}
.summary .bad .value{color:var(--bad)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0;padding:0;list-style:none;font-size:.9375rem}
nav a{display:inline-block;padding:.2rem 0}
section{margin-top:2.75rem;padding-top:1.5rem;border-top:1px solid var(--line)}
main>section:first-child{margin-top:0}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0 0 .9rem;padding:0;list-style:none;font-size:.875rem}
.key{display:inline-block;width:.8rem;height:.8rem;margin-right:.4rem;border-radius:2px;vertical-align:-.08rem}
.key.added{background:var(--added)}.key.modified{background:var(--modified)}.key.deleted{background:var(--deleted)}
.bar{display:block;width:100%;height:.5rem;margin:.3rem 0 .2rem}
.bar .added{fill:var(--added)}.bar .modified{fill:var(--modified)}.bar .deleted{fill:var(--deleted)}
details{margin:.9rem 0}
summary{padding:.3rem 0;color:var(--accent);cursor:pointer}
.steps{padding-left:1.4rem}.steps p{margin-bottom:.3rem}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.875rem}`;

const TABLES = `
table{width:100%;margin:.4rem 0 1.2rem;border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums}
caption{padding:.2rem 0 .3rem;font-size:.875rem;text-align:left}
th,td{padding:.34rem .8rem .34rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--quiet);font-size:.8125rem;font-weight:600}
tbody th{font-weight:400}
.number{text-align:right}
.bars{table-layout:fixed}
.bars th:nth-child(2),.bars td:nth-child(2),.bars th:nth-child(3),.bars td:nth-child(3){width:5.6rem}
.packages,.sides{table-layout:fixed}
.sides tbody th,.digests tbody th{color:var(--quiet)}
.sides thead th:first-child{width:8rem}
.digests thead th:first-child{width:15rem}
.digests{table-layout:fixed}
@media (max-width:36rem){body{padding:0 1rem 2rem}table{font-size:.875rem}th,td{padding-right:.5rem}
.bars th:nth-child(2),.bars td:nth-child(2){width:4.4rem}.bars th:nth-child(3),.bars td:nth-child(3){width:4.6rem}
.sides thead th:first-child{width:5.2rem}.digests thead th:first-child{width:7rem}}`;

const PAPER = `
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--quiet:#444;--line:#bbb;--soft:#fff;--accent:#0b5c6b;
--added:#0b7a75;--modified:#7d8da1;--deleted:#c2622d;--good:#1a6b3c;--bad:#a3271f}
body{max-width:none;padding:0;font-size:10pt}nav,.skip{display:none}h2,h3,caption,thead{break-after:avoid}
tr,.summary,li{break-inside:avoid}section{margin-top:1.5rem}
details::details-content{content-visibility:visible;block-size:auto}
.bar,.key{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@page{margin:18mm 15mm}`;

export const REPORT_STYLE = [COLOURS, TEXT, BLOCKS, TABLES, PAPER].join('').trim();

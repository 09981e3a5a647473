"""The style of the HTML page: for desks and phones, in the light, in the dark and on paper."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #57606a; --ok: #1a7f37; --warning: #8a5c00; --failed: #c41e2a; --skipped: #57606a }
@media (prefers-color-scheme: dark) {
  :root { --dim: #a0a8b1; --ok: #3fb950; --warning: #d29922; --failed: #ff7b72; --skipped: #a0a8b1 }
}
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; overflow-wrap: break-word; padding: 1rem }
a { color: inherit } .token { overflow-wrap: anywhere }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 } h2 { font-size: 1.1rem; margin: 1.8rem 0 .3rem }
.when, footer { color: var(--dim) } .when { font-size: .9rem; margin: .2rem 0 }
.badge { border-radius: .4rem; color: #fff; font-size: .8em; padding: .1em .5em; print-color-adjust: exact; white-space: nowrap }
.badge.ok { background: #1a7f37 } .badge.warning { background: #8a5c00 } .badge.failed { background: #c41e2a }
.counts { display: flex; gap: .5rem; list-style: none; margin: .8rem 0; max-width: 32rem; padding: 0 }
.counts li { border: 1px solid var(--line); border-radius: .4rem; color: var(--dim); flex: 1; font-size: .85rem; min-width: 0; padding: .2rem .5rem }
.counts b { color: CanvasText; display: block; font-size: 1.3rem; line-height: 1.2 } .counts .none b { color: var(--dim); font-weight: 400 }
.counts li.failed { border-color: var(--failed); color: var(--failed) } .counts .failed b { color: var(--failed) }
.summary { border-left: .3rem solid var(--ok); font-weight: 600; margin: .8rem 0; padding: .3rem .8rem }
.summary.warning { border-color: var(--warning) } .summary.failed { border-color: var(--failed) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .8rem 0 } dt { color: var(--dim) }
dd { margin: 0; min-width: 0 } nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top }
td { white-space: pre-line } .wide { overflow-x: auto } .short { white-space: nowrap } .number { text-align: right; font-variant-numeric: tabular-nums }
tfoot td { font-weight: 600 }
.ok { color: var(--ok) } .warning { color: var(--warning) } .failed { color: var(--failed); font-weight: 600 } .skipped { color: var(--skipped) }
.summary { color: CanvasText } h1 .badge { color: #fff } .name { min-width: 11rem }
tr.drawn td { border-bottom: 0 } tr.drawing td { padding-top: 0; white-space: normal } summary { cursor: pointer }
figure { margin: .6rem 0; min-width: 0; overflow-x: auto } figcaption { font-weight: 600; margin-bottom: .4rem }
.graph { height: auto; max-width: 100% } .graph text { fill: currentColor; font: 12px system-ui, sans-serif }
.graph .label { font-weight: 600 } .graph line { stroke: currentColor; stroke-width: 1.5 } .graph .tip { fill: currentColor }
.graph rect { fill: #8881; stroke: var(--line); stroke-width: 1.5 } .graph rect.failed { stroke: var(--failed) }
.graph rect.warning { stroke: var(--warning) } .graph text.failed { fill: var(--failed) } .graph text.warning { fill: var(--warning) }
.bar { display: grid; grid-template-columns: minmax(0, 1fr) max-content; gap: 0 1rem; margin: .4rem 0 }
.bar i { background: currentColor; border-radius: .2rem; grid-column: 1 / -1; height: .5rem; print-color-adjust: exact }
footer { font-size: .85rem; margin-top: 2rem }
@media (max-width: 40rem) {
  thead { display: none } table, tbody, tfoot, tr, td { display: block }
  tr { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .3rem 0 }
  td { border: 0; display: grid; gap: 1rem; grid-template-columns: max-content minmax(0, 1fr); padding: .15rem .7rem; text-align: right }
  td::before { color: var(--dim); content: attr(data-title); font-weight: 400; text-align: left }
  .name { min-width: 0 } td.prose { display: block; text-align: left } td.prose::before { display: block } td:empty { display: none }
  tr.drawn { border-bottom: 0; border-radius: .5rem .5rem 0 0; margin-bottom: 0 }
  tr.drawing { border-radius: 0 0 .5rem .5rem; border-top: 0; margin-top: 0 } tr.drawing td { display: block; text-align: left }
  tr.drawing td::before { content: none }
}
@media print {
  :root { color-scheme: light; --dim: #57606a; --ok: #1a7f37; --warning: #8a5c00; --failed: #c41e2a; --skipped: #57606a }
  body { font-size: 10pt; max-width: none; padding: 0 } h2, figcaption, tr.drawn { break-after: avoid } tr, figure, .bar { break-inside: avoid }
  figure, .wide { overflow: visible } .graph { max-height: 90vh } nav { display: none } details::details-content { content-visibility: visible }
}
"""

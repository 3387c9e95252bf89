namespace FeatureMap.Reports;

/// <summary>The style sheet of the report. All text colours keep a contrast of at least 4.5 to their ground, in light and in
/// dark.</summary>
internal static class ReportStyle
{
    /// <summary>The colours by name in light; whoever draws with them puts them into a rule.</summary>
    public const string Light = """
        --ground: #fbfaf8; --card: #ffffff; --line: #e2e0db; --text: #1e2530; --muted: #59616d;
        --train: #1a66a8; --validation: #b0480b; --rate: #4c6b1f; --right: 26 102 168; --wrong: 208 84 20;
        --c0: #0a67ad; --c1: #c04a06; --c2: #137a4c; --c3: #a23a8c; --c4: #8a6a00; --c5: #2587ab; --c6: #b8233f; --c7: #5748bd;
        --c8: #5f6670; --c9: #6b3f1e;
        """;

    /// <summary>The same colours in dark.</summary>
    public const string Dark = """
        --ground: #12151a; --card: #191e25; --line: #2e353f; --text: #e7e9ec; --muted: #a4adb9;
        --train: #74b6f0; --validation: #f3a462; --rate: #a9cd6d; --right: 60 130 200; --wrong: 206 96 36;
        --c0: #66b3f0; --c1: #f5995a; --c2: #55cc98; --c3: #e493d4; --c4: #d8bb4c; --c5: #9cdcf2; --c6: #f5808f; --c7: #aca1ff;
        --c8: #b4bbc5; --c9: #cd9f74;
        """;

    /// <summary>Lines, bars, points and axes: for every page that has charts.</summary>
    public const string Charts = """
        .legend { list-style: none; margin: .75rem 0 .25rem; padding: 0; display: flex; gap: 1.25rem; font-size: .875rem; }
        .legend svg { display: inline-block; width: 28px; height: 10px; margin-right: .5rem; }
        svg text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--muted);
        font-variant-numeric: tabular-nums; }
        svg .axis line { stroke: var(--line); stroke-width: 1; }
        svg .mark line { stroke: var(--rate); stroke-width: 2; stroke-dasharray: 6 4; } svg .mark text { fill: var(--rate);
        font-weight: 600; }
        .line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .dot { fill: currentColor; stroke: currentColor; stroke-width: 1.5; }
        svg g .dot { pointer-events: all; }
        svg g .dot:hover { stroke-width: 5; }
        .train { color: var(--train); } .validation { color: var(--validation); }
        .rate-line, g.rate, li.rate, text.rate { color: var(--rate); }
        .train .line { stroke-dasharray: 1 5; stroke-width: 2.5; }
        .train .dot { fill: var(--card); }
        .c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); } .c4 { color: var(--c4); }
        .c5 { color: var(--c5); } .c6 { color: var(--c6); } .c7 { color: var(--c7); } .c8 { color: var(--c8); } .c9 { color: var(--c9); }
        .dashed .line { stroke-dasharray: 7 4; }
        .band { fill: currentColor; opacity: .14; }
        .bar { fill: currentColor; opacity: .82; }
        .spread { stroke: currentColor; stroke-width: 3; stroke-linecap: round; opacity: .55; } .spread.over { stroke: var(--text);
        stroke-width: 1.5; opacity: 1; }
        svg text.name { fill: var(--text); }
        .cloud { fill: none; stroke: currentColor; stroke-width: 4; stroke-linecap: round; stroke-opacity: .6; }
        .cloud.fine { stroke-width: 2.5; stroke-opacity: .5; }
        svg text.tag { fill: var(--text); font-size: 15px; font-weight: 650; paint-order: stroke; stroke: var(--card); stroke-width: 4px;
        stroke-linejoin: round; }
        svg text.last { fill: currentColor; font-weight: 600; }
        svg text.last tspan { font-weight: 400; font-size: 12px; }
        .diagram { display: block; }
        .diagram .node { fill: var(--card); stroke: var(--muted); } .diagram .piece { fill: transparent; }
        .diagram .current { fill: rgb(var(--right) / .16); stroke: var(--train); stroke-width: 2; }
        .diagram .fold { stroke: var(--line); }
        .diagram .edge, .diagram .arrow { fill: none; stroke: var(--muted); stroke-width: 1.5; }
        .diagram text.name { font-weight: 600; } .diagram text.small { font-size: 12px; }
        .kind { fill: currentColor; } .legend.kinds { flex-wrap: wrap; gap: .25rem 1.25rem; }
        .legend.kinds svg { width: 8px; height: 14px; vertical-align: -2px; }
        .diagram a { cursor: pointer; } .diagram a:hover .piece { fill: rgb(var(--right) / .12); }
        .diagram a:focus-visible { outline: none; } .diagram a:focus-visible .piece { stroke: var(--train); stroke-width: 3; }
        @media (forced-colors: active) {
          .diagram .node, .diagram .edge, .diagram .arrow { stroke: CanvasText; } .diagram text { fill: CanvasText; }
          .diagram .current, .diagram a:focus-visible .piece { stroke: Highlight; }
        }
        """;

    public const string Sheet = $$"""
        :root {
          color-scheme: light dark;
          {{Light}}
        }
        @media (prefers-color-scheme: dark) { :root { {{Dark}} } }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; }
        @media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
        body { margin: 0; background: var(--ground); color: var(--text);
        font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
        body > * { max-width: 72rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2.5rem); }
        header { padding-block: clamp(2rem, 6vw, 4rem) 1.5rem; }
        footer { padding-block: 2rem 4rem; color: var(--muted); font-size: .875rem; }
        h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
        h1 { font-size: clamp(1.5rem, 4vw, 2rem); font-weight: 600; }
        h2 { font-size: 1.375rem; font-weight: 600; }
        h3 { font-size: 1rem; font-weight: 600; }
        figure { margin: 0; }
        p { margin: .5rem 0 0; }
        .kicker { margin: 0 0 .25rem; color: var(--muted); font-size: .875rem; }
        .headline { margin-top: 1.5rem; display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .875rem; }
        .headline strong { font-size: clamp(2.75rem, 9vw, 4.5rem); line-height: 1.05; font-weight: 600; letter-spacing: -.02em;
        font-variant-numeric: tabular-nums; }
        .headline span { font-size: 1.125rem; color: var(--muted); }
        .lead, section > p { max-width: 44rem; }
        section > p, figcaption p, .note, .reading { color: var(--muted); }
        nav { position: sticky; top: 0; z-index: 2; margin-top: 1rem; background: var(--ground); border-bottom: 1px solid var(--line);
        overflow-x: auto; }
        nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1.25rem; font-size: .9375rem;
        white-space: nowrap; }
        nav a { display: inline-block; padding: .375rem 0; } nav + main > section:first-child { border-top: 0; margin-top: 0; }
        .notice { max-width: 44rem; padding: .75rem 1rem; border: 1px solid var(--validation); border-left-width: .375rem;
        border-radius: .375rem; background: var(--card); color: var(--text); font-weight: 500; }
        .command { user-select: all; -webkit-user-select: all; overflow-wrap: anywhere; } pre.command { white-space: pre-wrap; }
        code { font: .875em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
        .hints { margin: 1rem 0 0; padding-left: 1.5rem; max-width: 48rem; } .hints li + li { margin-top: .75rem; }
        .hints code { display: block; width: fit-content; margin-top: .25rem; padding: .25rem .5rem; background: var(--card);
        border: 1px solid var(--line); border-radius: .375rem; }
        a { color: var(--train); text-underline-offset: .2em; }
        :focus-visible { outline: 2px solid var(--train); outline-offset: 2px; }
        section { scroll-margin-top: 4.5rem; padding-block: 2.25rem 1rem; border-top: 1px solid var(--line); margin-top: 1.5rem; }
        section > * + * { margin-top: 1rem; }
        section > h2 + p { margin-top: .375rem; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10rem), 1fr)); gap: 1.25rem 1.5rem;
        margin: 1.25rem 0 0; }
        .facts dt { color: var(--muted); font-size: .875rem; }
        .facts dd { margin: 0; font-variant-numeric: tabular-nums; }
        figcaption { max-width: 44rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .625rem; padding: 1.25rem; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.25rem; }
        .charts .card { display: grid; grid-template-rows: subgrid; grid-row: span 3; gap: 0; align-content: start; }
        .charts figcaption p { margin-top: .25rem; font-size: .9375rem; }
        .charts svg { display: block; width: 100%; height: auto; }
        @media (min-width: 64rem) {
          .charts .wide { grid-column: 1 / -1; grid-row: auto; grid-template: auto 1fr / 1fr 1.4fr; gap: .75rem 2.5rem; }
          .charts .wide > div { grid-area: 1 / 2 / span 2; }
        }
        .charts .whole { grid-column: 1 / -1; }
        .charts .reading { font-size: .9375rem; }
        {{Charts}}
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .9375rem; font-variant-numeric: tabular-nums; }
        th { font-weight: 600; text-align: left; }
        .numbers th, .numbers td { padding: .4rem .875rem .4rem 0; border-bottom: 1px solid var(--line); white-space: nowrap;
        vertical-align: bottom; }
        .numbers thead th { color: var(--muted); font-weight: 500; white-space: normal; }
        .numbers td.number, .numbers th.number { text-align: right; }
        tbody th[scope=row], tfoot th { position: sticky; left: 0; background: var(--ground); }
        .confusion { border-collapse: separate; border-spacing: 2px; }
        .confusion th { font-weight: 500; padding: .3rem .5rem; }
        .confusion thead th { text-align: center; vertical-align: bottom; max-width: 7rem; }
        .confusion tbody th { text-align: right; max-width: 11rem; }
        .confusion td { text-align: center; padding: .4rem .35rem; min-width: 3.25rem; border-radius: .25rem; }
        .confusion .right { background: rgb(var(--right) / var(--strength)); font-weight: 600; }
        .confusion .wrong { background: rgb(var(--wrong) / var(--strength)); }
        .confusion .none { color: var(--muted); }
        .confusion .rate { color: var(--muted); font-size: .875rem; white-space: nowrap; }
        .confusion tfoot th { text-align: right; }
        .confusion .all { color: var(--text); font-weight: 600; }
        .confusions { margin: .5rem 0 0; padding-left: 1.5rem; columns: 18rem; column-gap: 2.5rem; }
        img { display: block; max-width: 100%; height: auto; }
        .pixels { image-rendering: pixelated; }
        .mistakes, .kernels { list-style: none; padding: 0; margin: 1rem 0 0; }
        .mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1rem; }
        .mistakes li { display: flex; gap: 1rem; align-items: center; padding: 1rem; }
        .mistakes li p { margin: 0; min-width: 0; line-height: 1.5; }
        .mistakes img { flex: none; border-radius: .25rem; }
        .mistakes .pair { flex: none; display: flex; gap: .375rem; }
        .maps { list-style: none; padding: 0; margin: .75rem 0 0; display: grid;
        grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1rem; }
        .maps img, .channel img { border-radius: .25rem; }
        .maps p { margin: .375rem 0 0; font-size: .875rem; line-height: 1.4; color: var(--muted); }
        .maps b, .channel b { color: var(--text); font-weight: 600; }
        .inspected { padding-block: 1.25rem .5rem; border-top: 1px solid var(--line); }
        .channel { display: grid; grid-template-columns: 8rem 1fr; gap: 1rem; align-items: center; }
        .channel p { margin: 0; color: var(--muted); font-size: .875rem; }
        .channel ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; }
        .key, .sure, .file { color: var(--muted); font-size: .875rem; }
        .file { overflow-wrap: anywhere; }
        .answer { color: var(--validation); }
        .kernels { display: flex; flex-wrap: wrap; gap: .875rem; }
        .kernels img { border: 1px solid var(--line); }
        .kernels span { display: block; text-align: center; color: var(--muted); font-size: .8125rem; }
        .scale { display: flex; align-items: center; gap: .625rem; color: var(--muted); font-size: .875rem;
        font-variant-numeric: tabular-nums; margin-top: .625rem; }
        .scale img { border: 1px solid var(--line); width: 160px; height: 12px; }
        .layer { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: .25rem 2rem; padding-block: 1.25rem;
        border-top: 1px solid var(--line); }
        .layer > :not(figcaption) { grid-column: 2; }
        .layer figcaption { grid-row: span 2; min-width: 0; }
        .layer figcaption p { margin-top: .25rem; font-size: .9375rem; }
        .layer .pixels { background: var(--line); }
        section > p + .layer { border-top: 0; }
        .card > img + figcaption { margin-top: .75rem; color: var(--muted); }
        .strip { height: 28px; }
        details summary { cursor: pointer; font-weight: 500; padding-block: .375rem; }
        pre { margin: .5rem 0 0; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .625rem;
        font: .8125rem/1.55 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; overflow-x: auto; }
        section > p.text { color: var(--text); }
        .numbers tr.marked > * { font-weight: 600; background: rgb(var(--right) / .1); }
        .pictures { list-style: none; margin: 1rem 0 0; padding: 0; display: grid; gap: 1rem; }
        .pictures p { margin-top: .375rem; color: var(--muted); font-size: .875rem; line-height: 1.4; }
        .boxes { display: block; max-width: 100%; height: auto; } .boxes.pixels image { image-rendering: pixelated; }
        .boxes .box { fill: none; stroke: currentColor; stroke-width: 2; vector-effect: non-scaling-stroke; }
        .boxes text { fill: currentColor; font-weight: 650; paint-order: stroke; stroke: #fff; stroke-width: .25em; }
        .charts .narrow { display: none; }
        @media (max-width: 44rem) {
          .layer { grid-template-columns: minmax(0, 1fr); }
          .layer > :not(figcaption) { grid-column: 1; }
          .card { padding: 1rem; }
          nav ul { flex-wrap: nowrap; } nav a { padding: .625rem 0; }
          .charts svg:not(.narrow) text { font-size: 18px; }
          .charts svg:not(.narrow) text.last tspan { font-size: 15px; }
          .charts .broad { display: none; }
          .charts svg.narrow { display: block; }
          .charts ul.narrow { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
        }
        @media print { figure, li { break-inside: avoid; } nav { display: none; } }
        """;
}

//! The document that says what was measured.

use crate::results::{ENGINE, LIMIT, Results, Target, Unit, Value, shown};
use std::fmt::Write as _;

const HEAD: &str = "# The engine beside its limit and its peers

Written by `make bench-compare`; not edited by hand. One run: all subjects in one process, in turns, each round
beginning with another one. The figures are medians of the turns, of updates and YCSB all operations over all the
time of all turns; behind them stand the quartiles of the turns. A turn of writing lasts until everything it wrote is on
disk and nothing goes on in the background, and that is part of its time. Rows that do not take turns: load, disk,
expiry, imports and what only the engine does; each subject goes once, one after the other. Of tables that grow, a
subject's two take turns with each other, and minutes lie between one subject and the next. Disk is what a store takes
when it is closed.

The *limit* is RocksDB used directly: the same families, options, keys, sizes, reads and writes, and nothing else. *By
hand* is the layout that people write, rows with an index on the change time that points to them; *clustered* the best
one for deltas, a log by change time that holds the documents, which costs writes and room. Less time is better, more a second is better; rows that are lost
stay in. Every page tells of each row its key, document, version, change time and whether it is deleted; one row in 50
is a tombstone, which base pages leave out and deltas tell. Each subject's pages and gets are held against what it
must hold, key by key in their order, before they are measured and after it was written to.

";

const ASKED: &str = "\n## What is asked\n
The last column is what is found of the limit in the engine's place. What it misses as well is missed by RocksDB, set
like this; what is answered from memory, polls and recent deltas, can be ahead of it.

| work | against | asked | found | | the limit |
|---|---|---|---:|---|---:|
";

/// The document.
#[must_use]
pub fn document(results: &Results) -> String {
    let mut out = String::from(HEAD);
    for line in &results.about {
        let _ = writeln!(out, "* {line}");
    }
    out.push_str(ASKED);
    let ratio_or_rate = |found: f64| match found >= 1000.0 {
        true => shown(found, Unit::PerSecond),
        false => format!("{found:.2}x"),
    };
    for target in &results.targets {
        let Target { work, against, asked, found, limit, reached } = target;
        let (found, limit) = (ratio_or_rate(*found), limit.map(ratio_or_rate));
        let (verdict, limit) =
            (if *reached { "reached" } else { "**missed**" }, limit.unwrap_or_default());
        let _ = writeln!(out, "| {work} | {against} | {asked} | {found} | {verdict} | {limit} |");
    }
    out.push_str("\n## All figures\n\n");
    figures(results, &mut out);
    if !results.plots.is_empty() {
        out.push_str("\n## Latency against base size\n\n");
        for plot in &results.plots {
            let _ = writeln!(out, "![{plot}]({plot})\n");
        }
    }
    out
}

fn figures(results: &Results, out: &mut String) {
    let mut names: Vec<&str> = vec![ENGINE, LIMIT];
    for (name, _) in results.figures.iter().flat_map(|figure| &figure.values) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let _ = writeln!(out, "| work | {} |", names.join(" | "));
    let _ = writeln!(out, "|---|{}", "---:|".repeat(names.len()));
    for figure in &results.figures {
        let _ = write!(out, "| {} |", figure.work);
        for name in &names {
            let value = figure.value(name).map(|value| with_spread(value, figure.unit));
            let _ = write!(out, " {} |", value.unwrap_or_default());
        }
        out.push('\n');
    }
}

fn with_spread(Value { middle, low, high }: Value, unit: Unit) -> String {
    match low.is_nan() {
        true => shown(middle, unit),
        false => format!("{} ({} to {})", shown(middle, unit), shown(low, unit), shown(high, unit)),
    }
}

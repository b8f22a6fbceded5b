//! The parts of the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use firesale_record::{Exit, Summary, TargetResult, TargetRole, tables};

use super::metrics::{GROUPS, OTHER, Style, guess, split, style_of};
use crate::data::RunData;
use crate::format::{grouped, percent, usd};
use crate::output::escape;

/// Adds formatted text; writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($text:tt)*) => { let _ = write!($out, $($text)*); };
}

/// Title, question, how the run ended, and links to the parts.
pub(super) fn head(data: &RunData) -> String {
    let manifest = &data.manifest;
    let mut out = String::new();
    put!(out, "<h1>{}</h1>\n", escape(&manifest.scenario));
    if let Some(question) = &manifest.question {
        put!(out, "<p class=\"question\">{}</p>\n", escape(question));
    }
    let window = format!(
        "{} to {}, {}",
        data.clock.label(data.range.0, 60.0, false),
        data.clock.label(data.range.1, 60.0, false),
        data.clock.title(data.range.0)
    );
    put!(
        out,
        "<p>Seed {}; simulated {}.</p>\n",
        manifest.seed,
        escape(&window)
    );
    let ended = match manifest.exit {
        Exit::Done => None,
        Exit::Running => Some("This run has not ended, or was killed"),
        Exit::Failed => Some("This run failed"),
        Exit::Interrupted => Some("This run was interrupted"),
    };
    if let Some(ended) = ended {
        let error = manifest
            .error
            .as_deref()
            .map_or_else(String::new, |e| format!(": {e}"));
        put!(
            out,
            "<p class=\"warn\">{}. The page shows what was recorded until then.</p>\n",
            escape(&format!("{ended}{error}"))
        );
    }
    out.push_str(
        "<nav><a href=\"#targets\">targets</a><a href=\"#charts\">charts</a>\
         <a href=\"#figures\">figures</a><a href=\"#repeat\">repeat this run</a>\
         <a href=\"#tables\">tables</a></nav>\n",
    );
    out
}

/// The main figures at a glance; those that the run does not have are left out.
pub(super) fn tiles(data: &RunData, summary: &Summary) -> String {
    let mut tiles: Vec<(String, String)> = Vec::new();
    let deepest = data
        .markets
        .iter()
        .filter(|m| m.low < m.event_price)
        .map(|m| (1.0 - m.low / m.event_price, m))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some(main) = data
        .markets
        .first()
        .filter(|m| m.event_price > 0.0 && m.low > 0.0)
    {
        let fall = (main.low / main.event_price).min(1.0) - 1.0;
        tiles.push((percent(fall), format!("{} at its low", main.symbol)));
    }
    if let Some((fall, market)) = deepest {
        tiles.push((
            percent(-fall),
            format!("{}, the deepest fall", market.symbol),
        ));
    }
    let (longs, shorts) = data.forced.totals();
    let total = summary.get("liquidated_usd").unwrap_or(longs + shorts);
    tiles.push((usd(total), "closed by force".to_owned()));
    if longs + shorts > 0.0 {
        tiles.push((percent(longs / (longs + shorts)), "of it longs".to_owned()));
    }
    for (name, label) in [
        ("accounts_liquidated", "accounts liquidated"),
        ("cascade_size_max", "accounts in the largest cascade"),
        ("adl_usd", "winners closed by ADL"),
        ("audit_violations", "audit violations"),
    ] {
        if let Some(value) = summary.get(name) {
            tiles.push((style_of(name).show(value), label.to_owned()));
        }
    }
    let mut out = String::from("<div class=\"tiles\">\n");
    for (value, label) in tiles {
        put!(
            out,
            "<div class=\"tile\"><b>{}</b><span>{}</span></div>\n",
            escape(&value),
            escape(&label)
        );
    }
    out.push_str("</div>\n");
    out
}

/// The scenario's targets with their verdicts.
pub(super) fn targets(summary: &Summary) -> String {
    let mut out = String::from("<h2 id=\"targets\">Targets</h2>\n");
    if summary.targets.is_empty() {
        out.push_str("<p>The scenario states none.</p>\n");
        return out;
    }
    let outcomes = summary
        .targets
        .iter()
        .filter(|t| t.role == TargetRole::Outcome);
    let inside = outcomes.clone().filter(|t| t.inside).count();
    put!(
        out,
        "<p>{inside} of {} outcomes lie inside their bands. Inputs restate the set-up and do not \
         count.</p>\n<div class=\"scroll\"><table>\n<tr><th>id</th><th>figure</th><th>window and \
         definition</th><th class=\"n\">real</th><th class=\"n\">band</th><th \
         class=\"n\">this run</th><th>verdict</th><th>source</th></tr>\n",
        outcomes.count()
    );
    for target in &summary.targets {
        put!(out, "{}", target_row(target));
    }
    out.push_str("</table></div>\n");
    out
}

fn target_row(target: &TargetResult) -> String {
    let style = style_of(&target.metric);
    let show = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| style.show(v));
    let verdict = match (target.measured, target.inside, target.role) {
        (None, ..) => "<span class=\"none\">not measured</span>",
        (Some(_), true, TargetRole::Outcome) => "<span class=\"in\">✓ inside</span>",
        (Some(_), false, TargetRole::Outcome) => "<span class=\"out\">✗ outside</span>",
        (Some(_), _, TargetRole::Input) => "<span class=\"none\">input</span>",
    };
    let words = [&target.window, &target.formula];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    let source = [&target.source, &target.grade];
    let source: Vec<&str> = source.into_iter().flatten().map(String::as_str).collect();
    format!(
        "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{} to {}</td><td class=\"n\">{}</td><td>{verdict}</td><td>{}</td></tr>\n",
        escape(&target.id),
        escape(&target.metric),
        escape(&words.join("; ")),
        show(target.value),
        style.show(target.band[0]),
        style.show(target.band[1]),
        show(target.measured),
        escape(&source.join(", grade ")),
    )
}

/// One line of a table of figures.
struct Line<'a> {
    base: &'a str,
    meaning: &'a str,
    style: Style,
}

/// All figures by subject: plain ones in a list, those by instrument or venue in tables.
pub(super) fn figures(summary: &Summary) -> String {
    let mut out = String::from("<h2 id=\"figures\">Figures</h2>\n");
    if summary.metrics.is_empty() {
        out.push_str("<p>This run has no summary.</p>\n");
        return out;
    }
    for (heading, infos) in GROUPS {
        let line = |i: &super::metrics::Info| Line {
            base: i.name,
            meaning: i.meaning,
            style: i.style,
        };
        group(
            &mut out,
            heading,
            &infos.iter().map(line).collect::<Vec<_>>(),
            summary,
        );
    }
    let listed: BTreeSet<&str> = GROUPS.iter().flat_map(|g| g.1).map(|i| i.name).collect();
    let bases: BTreeSet<&str> = summary.metrics.keys().map(|name| split(name).0).collect();
    let mut unlisted = Vec::new();
    for &base in bases.difference(&listed) {
        unlisted.push(Line {
            base,
            meaning: "",
            style: guess(base),
        });
    }
    group(&mut out, OTHER, &unlisted, summary);
    out
}

/// One subject; nothing if the run has none of its figures.
fn group(out: &mut String, heading: &str, lines: &[Line<'_>], summary: &Summary) {
    let mut plain = String::new();
    // Lines that are known for the same instruments or venues share a table.
    let mut matrices: BTreeMap<BTreeSet<&str>, Vec<&Line<'_>>> = BTreeMap::new();
    for line in lines {
        let mut of_whom = BTreeSet::new();
        for (name, value) in &summary.metrics {
            match split(name) {
                (base, None) if base == line.base => {
                    put!(plain, "{}", plain_row(line, *value));
                }
                (base, Some(of)) if base == line.base => {
                    of_whom.insert(of);
                }
                _ => {}
            }
        }
        if !of_whom.is_empty() {
            matrices.entry(of_whom).or_default().push(line);
        }
    }
    if plain.is_empty() && matrices.is_empty() {
        return;
    }
    put!(out, "<h3>{}</h3>\n", escape(heading));
    if !plain.is_empty() {
        put!(out, "<table>\n{plain}</table>\n");
    }
    for (columns, lines) in matrices {
        put!(out, "{}", matrix(&columns, &lines, summary));
    }
}

fn plain_row(line: &Line<'_>, value: Option<f64>) -> String {
    format!(
        "<tr><td>{}</td><td class=\"n\">{}</td><td><code>{}</code></td></tr>\n",
        escape(line.meaning),
        value.map_or_else(|| "–".to_owned(), |v| line.style.show(v)),
        escape(line.base)
    )
}

/// Figures in rows, instruments or venues in columns.
fn matrix(columns: &BTreeSet<&str>, lines: &[&Line<'_>], summary: &Summary) -> String {
    let mut out = String::from("<div class=\"scroll\"><table>\n<tr><th></th>");
    for column in columns {
        put!(out, "<th class=\"n\">{}</th>", escape(column));
    }
    out.push_str("<th></th></tr>\n");
    for line in lines {
        put!(out, "<tr><td>{}</td>", escape(line.meaning));
        for column in columns {
            let value = summary.get(&format!("{}.{column}", line.base));
            let shown = value.map_or_else(|| "–".to_owned(), |v| line.style.show(v));
            put!(out, "<td class=\"n\">{shown}</td>");
        }
        put!(out, "<td><code>{}</code></td></tr>\n", escape(line.base));
    }
    out.push_str("</table></div>\n");
    out
}

/// How to get the same run again, and what ran.
pub(super) fn reproduce(data: &RunData) -> String {
    let manifest = &data.manifest;
    let mut out = String::from("<h2 id=\"repeat\">Repeat this run</h2>\n");
    put!(
        out,
        "<p>The resolved scenario lies beside this page. The same version and seed give the same \
         digest on any number of threads:</p>\n<pre>firesale run scenario.toml --seed {} --out \
         again</pre>\n<table>\n",
        manifest.seed
    );
    let exit = format!("{:?}", manifest.exit).to_lowercase();
    let rows = [
        ("version", manifest.version.clone()),
        (
            "commit",
            manifest.commit.clone().unwrap_or_else(|| "–".to_owned()),
        ),
        ("scenario digest", manifest.scenario_digest.clone()),
        ("seed", manifest.seed.to_string()),
        ("digest of the run", manifest.digest.clone()),
        ("threads", manifest.threads.to_string()),
        ("platform", manifest.platform.clone()),
        ("events", grouped(manifest.events as f64, 0)),
        ("elapsed", format!("{} s", grouped(manifest.wall_s, 1))),
        ("exit", exit),
    ];
    for (name, value) in rows {
        put!(
            out,
            "<tr><td>{name}</td><td><code>{}</code></td></tr>\n",
            escape(&value)
        );
    }
    out.push_str("</table>\n");
    out
}

/// What the tables hold, and how to open them.
pub(super) fn dictionary() -> String {
    let mut out = String::from(
        "<h2 id=\"tables\">Tables</h2>\n<p>Everything above was drawn from Parquet files beside \
         this page.</p>\n<pre>import polars as pl\nticks = pl.read_parquet(\"tables/ticks/*.parquet\")\
         </pre>\n",
    );
    for table in tables() {
        put!(
            out,
            "<details><summary><code>{}</code>: {}</summary>\n<table>\n<tr><th>column</th>\
             <th>unit</th><th>meaning</th></tr>\n",
            table.name,
            escape(&table.doc)
        );
        for column in table.columns {
            put!(
                out,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n",
                escape(&column.name),
                escape(column.unit),
                escape(&column.doc)
            );
        }
        out.push_str("</table></details>\n");
    }
    out
}

//! One HTML page with everything about a run: no script, nothing from the network.

mod metrics;
mod sections;

use std::path::{Path, PathBuf};

use firesale_record::{RecordError, Summary, write_atomic};

use crate::PlotError;
use crate::charts::ALL;
use crate::data::RunData;
use crate::draw::{Job, jobs};
use crate::output::{escape, svg};

/// Instruments beside the most important one whose price charts are in the page; also things of
/// other kinds beside the first.
const OTHERS: usize = 9;

/// Writes `report.html` into a run's directory and returns its path.
///
/// The page holds the question, the main figures, the targets with their verdicts, all charts, all
/// figures, how to repeat the run, and the dictionary of its tables.
///
/// # Errors
/// If the run cannot be read or the page cannot be written. A missing summary is no error: the page
/// of an interrupted run shows what there is.
pub fn write_report(run_dir: &Path) -> Result<PathBuf, PlotError> {
    let data = RunData::load(run_dir, None)?;
    let summary = match Summary::read(run_dir) {
        Err(RecordError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Summary::default()
        }
        other => other?,
    };
    let path = run_dir.join("report.html");
    write_atomic(&path, page(&data, &summary)?.as_bytes())?;
    Ok(path)
}

/// The page. The policy in its head forbids a browser to load or to run anything.
fn page(data: &RunData, summary: &Summary) -> Result<String, PlotError> {
    let title = escape(&data.manifest.scenario);
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <title>{title}: firesale report</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         {}{}{}{}{}{}{}</body>\n</html>\n",
        include_str!("style.css"),
        sections::head(data),
        sections::tiles(data, summary),
        sections::targets(summary),
        charts(data)?,
        sections::figures(summary),
        sections::reproduce(data),
        sections::dictionary(),
    ))
}

fn charts(data: &RunData) -> Result<String, PlotError> {
    let mut out = String::from("<h2 id=\"charts\">Charts</h2>\n");
    for spec in ALL {
        let mut drawn = Vec::new();
        let mut more = 0;
        for (place, (name, job)) in jobs(spec, data).into_iter().enumerate() {
            let folded = spec.name == "price_and_liquidations" || matches!(job, Job::Drawn(_));
            if place > 0 && (!folded || place > OTHERS) {
                more += 1;
                continue;
            }
            let figure = job.draw(data);
            drawn.push((name, figure.title.clone(), svg(&figure)?));
        }
        out.push_str(&chart(spec.name, spec.caption, &drawn, more));
    }
    Ok(out)
}

/// One chart with its caption, and those of other instruments folded away.
fn chart(name: &str, caption: &str, drawn: &[(String, String, String)], more: usize) -> String {
    let Some(((_, _, first), others)) = drawn.split_first() else {
        return String::new();
    };
    let mut out = format!("<figure id=\"{}\">\n{first}", escape(name));
    out.push_str(&format!("<figcaption>{}", escape(caption)));
    if more > 0 {
        out.push_str(&format!(" {more} more: <code>charts/{name}.*.svg</code>."));
    }
    out.push_str("</figcaption>\n</figure>\n");
    for (_, title, picture) in others {
        let title = escape(title);
        out.push_str(&format!(
            "<details><summary>{title}</summary>\n<figure>\n{picture}</figure></details>\n"
        ));
    }
    out
}

//! All charts of a run into its directory.

use std::fs;
use std::path::{Path, PathBuf};

use firesale_record::RecordError;

use crate::PlotError;
use crate::charts::{ALL, ChartSpec, Draw};
use crate::data::{Market, Reference, RunData};
use crate::figure::Figure;
use crate::output::{write_png, write_svg};

/// Instruments, or things of another kind, that get charts of their own beside the most important
/// one.
const OTHERS: usize = 23;

/// What is drawn, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Write SVG files.
    pub svg: bool,
    /// Write PNG files.
    pub png: bool,
    /// A real path, instead of the one that the run's manifest names.
    pub reference: Option<Reference>,
    /// Only these charts: names of [`ALL`], or `name.SYMBOL.VENUE`.
    pub only: Option<Vec<String>>,
}

impl Default for Options {
    /// All charts as SVG.
    fn default() -> Self {
        Self {
            svg: true,
            png: false,
            reference: None,
            only: None,
        }
    }
}

/// Draws the charts of a run into its `charts/` and returns the files in the order of the report.
///
/// # Errors
/// If the run cannot be read, a name is unknown, or a file cannot be written; files written before
/// stay.
pub fn draw_all(run_dir: &Path, options: &Options) -> Result<Vec<PathBuf>, PlotError> {
    let data = RunData::load(run_dir, options.reference.as_ref())?;
    let figures = figures(&data, options.only.as_deref())?;
    let directory = run_dir.join("charts");
    fs::create_dir_all(&directory).map_err(|e| RecordError::io(&directory, e))?;
    let mut written = Vec::new();
    for (name, figure) in figures {
        if options.svg {
            let path = directory.join(format!("{name}.svg"));
            write_svg(&figure, &path)?;
            written.push(path);
        }
        if options.png {
            let path = directory.join(format!("{name}.png"));
            write_png(&figure, &path)?;
            written.push(path);
        }
    }
    Ok(written)
}

/// The figures that were asked for, with their files' names.
fn figures(data: &RunData, only: Option<&[String]>) -> Result<Vec<(String, Figure)>, PlotError> {
    let jobs: Vec<(String, Job<'_>)> = ALL.iter().flat_map(|spec| jobs(spec, data)).collect();
    let wanted = |name: &str| only.is_none_or(|only| only.iter().any(|o| asks_for(o, name)));
    if let Some(unknown) = only.and_then(|only| {
        only.iter()
            .find(|asked| !jobs.iter().any(|(name, _)| asks_for(asked, name)))
    }) {
        if ALL.iter().any(|spec| asks_for(spec.name, unknown)) {
            let name = unknown.clone();
            return Err(PlotError::NothingToShow { name });
        }
        let known: Vec<&str> = ALL.iter().map(|spec| spec.name).collect();
        return Err(PlotError::NoChart {
            name: unknown.clone(),
            known: known.join(", "),
        });
    }
    let chosen = jobs.into_iter().filter(|(name, _)| wanted(name));
    Ok(chosen.map(|(name, job)| (name, job.draw(data))).collect())
}

/// A chart's bare name asks for all its instruments.
fn asks_for(asked: &str, name: &str) -> bool {
    let rest = name.strip_prefix(asked);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// One file to draw.
pub(crate) enum Job<'a> {
    Run(fn(&RunData) -> Figure),
    Market(fn(&RunData, Option<&Market>) -> Figure, Option<&'a Market>),
    Drawn(Figure),
}

impl Job<'_> {
    pub(crate) fn draw(self, data: &RunData) -> Figure {
        match self {
            Self::Run(draw) => draw(data),
            Self::Market(draw, market) => draw(data, market),
            Self::Drawn(figure) => figure,
        }
    }
}

/// The files of one chart: one, one for each of the most important instruments, or one for each
/// thing that it is about.
pub(crate) fn jobs<'a>(spec: &ChartSpec, data: &'a RunData) -> Vec<(String, Job<'a>)> {
    match spec.draw {
        Draw::Run(draw) => vec![(spec.name.to_owned(), Job::Run(draw))],
        Draw::Market(draw) => {
            let first = (
                spec.name.to_owned(),
                Job::Market(draw, data.markets.first()),
            );
            let others = data.markets.iter().skip(1).take(OTHERS).map(|market| {
                let (symbol, venue) = (file_name(&market.symbol), file_name(&market.venue_name));
                (
                    format!("{}.{symbol}.{venue}", spec.name),
                    Job::Market(draw, Some(market)),
                )
            });
            std::iter::once(first).chain(others).collect()
        }
        Draw::Each(draw) => {
            let figures = draw(data).into_iter().take(1 + OTHERS).enumerate();
            let named = |(place, (thing, figure)): (usize, (String, Figure))| {
                let name = match place {
                    0 => spec.name.to_owned(),
                    _ => format!("{}.{}", spec.name, file_name(&thing)),
                };
                (name, Job::Drawn(figure))
            };
            figures.map(named).collect()
        }
    }
}

/// Longer names are cut; a hash keeps them apart.
const LONGEST_NAME: usize = 60;

/// A name that no file system minds.
fn file_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_".contains(c) {
            c
        } else {
            '_'
        }
    };
    let plain: String = name.chars().map(safe).collect();
    if plain.len() <= LONGEST_NAME {
        return plain;
    }
    let hash = firesale_record::content_hash(name.as_bytes());
    format!("{}_{}", &plain[..LONGEST_NAME - 9], &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ask_for_themselves_and_their_instruments() {
        assert!(asks_for("funding", "funding"));
        assert!(asks_for(
            "depth_and_spread",
            "depth_and_spread.BTC-PERP.alpha"
        ));
        assert!(!asks_for("depth_and", "depth_and_spread"));
        assert_eq!(file_name("BTC/USDT ../x"), "BTC_USDT____x");
        let long = |end: char| file_name(&format!("{}{end}", "x".repeat(300)));
        assert_eq!(long('a').len(), LONGEST_NAME);
        assert_ne!(long('a'), long('b'));
    }

    #[test]
    fn every_chart_has_its_own_name() {
        for (place, spec) in ALL.iter().enumerate() {
            assert!(ALL[..place].iter().all(|other| other.name != spec.name));
            assert!(spec.caption.ends_with('.'), "{}", spec.name);
        }
        assert!(ALL.len() >= 11);
    }
}

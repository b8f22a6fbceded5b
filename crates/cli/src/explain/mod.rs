//! The chain of causes of one liquidation, in plain words.

mod family;
mod story;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;

use anyhow::{Context, bail};
use firesale_record::{Manifest, RunReader};

use family::Family;
use story::Story;

/// Longest chain that is printed.
const MOST_LINKS: usize = 10_000;

/// Prints a liquidation, its cause, the cause of that, and so on to the root.
pub(crate) fn explain(run: &Path, id: i64) -> anyhow::Result<()> {
    print!("{}", tell(run, id)?);
    Ok(())
}

/// The chain as text: one paragraph a link, the last line says where it begins.
fn tell(run: &Path, id: i64) -> anyhow::Result<String> {
    let reader = RunReader::open(run).with_context(|| format!("{} is no run", run.display()))?;
    let manifest = Manifest::read(run)?;
    let family = Family::read(&reader)?;
    if !family.has(id) {
        let Some((first, last)) = family.range() else {
            bail!("nothing was liquidated in {}", run.display());
        };
        bail!(
            "there is no liquidation {id}; ids run from {first} to {last} (table `breaches`, column `id`)"
        );
    }
    let mut story = Story::new(&family, reader.names());
    let (mut at, mut shown) = (id, 0);
    while let Some(parent) = story.link(at) {
        at = parent;
        shown += 1;
        if shown >= MOST_LINKS {
            bail!("the chain does not end after {MOST_LINKS} links");
        }
    }
    story.end(at, &manifest);
    Ok(story.text)
}

//! Makes a failing list of commands short.

use firesale_matching::naive::Book;

use crate::command::Case;
use crate::drive::{Difference, drive};

/// Removes commands, in ever smaller runs, as long as the case still fails.
pub(crate) fn shrink<B: Book>(mut case: Case, twin: impl Fn() -> B) -> (Case, Difference) {
    let fails = |case: &Case| drive(case, twin(), 1).err();
    let mut difference = fails(&case).expect("only a failing case is shrunk");
    case.commands.truncate(difference.index + 1);
    let mut run = case.commands.len() / 2;
    while run > 0 {
        let mut start = 0;
        while start < case.commands.len() {
            let mut shorter = case.clone();
            let end = (start + run).min(shorter.commands.len());
            shorter.commands.drain(start..end);
            match fails(&shorter) {
                Some(found) => {
                    shorter.commands.truncate(found.index + 1);
                    (case, difference) = (shorter, found);
                }
                None => start += run,
            }
        }
        run /= 2;
    }
    (case, difference)
}

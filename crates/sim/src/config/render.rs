//! A problem as compilers show it: the line, the place marked, the advice.

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use super::source::Line;
use super::{Problem, Sources};

/// A longer line is shown only around the place.
const LONGEST_LINE: usize = 400;

/// One problem; `color` for a terminal.
pub(super) fn problem(problem: &Problem, sources: &Sources, color: bool) -> String {
    let place = problem.locate(sources);
    let origin = Origin::path(place.file)
        .line(place.line as usize)
        .char_column(place.column as usize);
    let title = Level::ERROR.primary_title(problem.to_string());
    let mut group = Group::with_title(title).element(origin);
    if let Some(line) = sources.line_of(problem.span) {
        group = group.element(snippet(&line));
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

/// Only the line in which the span begins, so that the cost does not depend on the file.
fn snippet<'a>(line: &Line<'a>) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let (from, to) = if line.text.len() <= LONGEST_LINE {
        (0, line.text.len())
    } else {
        let from = line.text.floor_char_boundary(line.begin.saturating_sub(40));
        (from, line.text.floor_char_boundary(from + LONGEST_LINE))
    };
    let marked = line.begin - from..line.end.clamp(line.begin, to) - from;
    Snippet::source(&line.text[from..to])
        .line_start(line.number as usize)
        .annotation(AnnotationKind::Primary.span(marked))
}

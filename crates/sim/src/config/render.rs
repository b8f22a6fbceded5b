//! A problem as compilers show it: the line, the place marked, the advice.

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use super::source::Line;
use super::{Problem, Sources};

/// A longer line is shown only around the place.
const LONGEST_LINE: usize = 400;
/// How much of a long line is shown before the place.
const LEAD: usize = 40;

/// One problem; `color` for a terminal.
pub(super) fn problem(problem: &Problem, sources: &Sources, color: bool) -> String {
    let title = Level::ERROR.primary_title(problem.to_string());
    let mut group = Group::with_title(title);
    match sources.line_of(problem.span) {
        Some(line) if (1..=LONGEST_LINE).contains(&line.text.len()) => {
            let marked = AnnotationKind::Primary.span(line.begin..line.end);
            let snippet = Snippet::source(line.text)
                .path(line.name)
                .line_start(line.number as usize)
                .annotation(marked);
            group = group.element(snippet);
        }
        line => {
            let place = problem.locate(sources);
            let origin = Origin::path(place.file)
                .line(place.line as usize)
                .char_column(place.column as usize);
            group = group.element(origin);
            if let Some(line) = line.filter(|line| !line.text.is_empty()) {
                group = group.element(excerpt(&line));
            }
        }
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

/// The place within a line too long to be shown; its column is given apart.
fn excerpt<'a>(line: &Line<'a>) -> Snippet<'a, Annotation<'a>> {
    let from = line
        .text
        .floor_char_boundary(line.begin.saturating_sub(LEAD));
    let to = line.text.floor_char_boundary(from + LONGEST_LINE);
    let marked = line.begin - from..line.end.clamp(line.begin, to) - from;
    Snippet::source(&line.text[from..to])
        .line_start(line.number as usize)
        .annotation(AnnotationKind::Primary.span(marked))
}

//! Figures as files.

use std::path::Path;

use firesale_record::write_atomic;
use plotters::backend::BitMapBackend;
use plotters::drawing::IntoDrawingArea;
use plotters_svg::SVGBackend;

use crate::PlotError;
use crate::figure::Figure;
use crate::png::encode;
use crate::render::{pixel_size, point_size, render};

/// A figure as an SVG document.
///
/// Coordinates are half points, so that curves are smooth; the document's size is in points and
/// follows its container's width in a page.
///
/// # Errors
/// If drawing fails.
pub fn svg(figure: &Figure) -> Result<String, PlotError> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, pixel_size(figure)?).into_drawing_area();
        render(figure, &area)?;
    }
    let body = text.find('>').map_or("", |end| &text[end + 1..]);
    Ok(format!("{}{}", svg_head(figure)?, compact(body)))
}

/// The document's own head: its size in points, its name for readers who cannot see it, and round
/// joins, because a mitre at a sharp turn would reach beyond the data.
fn svg_head(figure: &Figure) -> Result<String, PlotError> {
    let ((width, height), (x, y)) = (point_size(figure)?, pixel_size(figure)?);
    let title = escape(&figure.title);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {x} {y}\" role=\"img\" aria-label=\"{title}\" stroke-linejoin=\"round\">\n\
         <title>{title}</title>"
    ))
}

/// Drops attributes that say nothing.
fn compact(body: &str) -> String {
    body.replace(" opacity=\"1\"", "")
        .replace(" stroke=\"none\"", "")
        .replace(" \"", "\"")
}

/// Text as it stands in XML and HTML.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Writes an SVG file, whole or not at all.
///
/// # Errors
/// If drawing or writing fails.
pub fn write_svg(figure: &Figure, path: &Path) -> Result<(), PlotError> {
    Ok(write_atomic(path, svg(figure)?.as_bytes())?)
}

/// Writes a PNG file of twice as many pixels as points, whole or not at all.
///
/// # Errors
/// If drawing or writing fails.
pub fn write_png(figure: &Figure, path: &Path) -> Result<(), PlotError> {
    Ok(write_atomic(path, &png(figure)?)?)
}

/// A figure as a PNG file in memory.
fn png(figure: &Figure) -> Result<Vec<u8>, PlotError> {
    let (width, height) = pixel_size(figure)?;
    let mut pixels = vec![0; width as usize * height as usize * 3];
    {
        let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        render(figure, &backend.into_drawing_area())?;
    }
    Ok(encode(&pixels, width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escape("<a href=\"x\">'&'\u{1}"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39; "
        );
    }
}

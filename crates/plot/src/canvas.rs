//! The few strokes that charts are made of, on any backend of the drawing library.

use std::borrow::Cow;
use std::fmt::Display;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{BitMapElement, Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color as _, FontDesc, FontFamily, FontStyle, RGBAColor, RGBColor, ShapeStyle, TextStyle,
};

use crate::PlotError;
use crate::figure::Grid;
use crate::font::FAMILY;
use crate::style::{Color, LineStyle, PIXELS};

/// A point in points of the figure, from the upper left.
pub(crate) type Spot = (f64, f64);

/// A surface to draw on, measured in points of the figure.
pub(crate) struct Canvas<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
}

/// Where a text stands against its spot.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    /// Left of the text, upper edge.
    TopLeft,
    /// Middle of the text, upper edge.
    TopCenter,
    /// Left of the text, half height.
    Left,
    /// Right of the text, half height.
    Right,
    /// Middle of the text, half height.
    Center,
}

/// The look of a text.
#[derive(Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) color: Color,
}

fn pixel((x, y): Spot) -> (i32, i32) {
    (coordinate(x), coordinate(y))
}

/// Charts only draw inside the figure; the limits guard against values gone wild.
fn coordinate(v: f64) -> i32 {
    (v * PIXELS).round().clamp(-30_000.0, 30_000.0) as i32
}

fn paint(Color(r, g, b): Color, alpha: f64) -> RGBAColor {
    RGBColor(r, g, b).mix(alpha)
}

fn failed(error: impl Display) -> PlotError {
    PlotError::Draw(error.to_string())
}

impl<'a, DB: DrawingBackend> Canvas<'a, DB> {
    pub(crate) const fn new(area: &'a DrawingArea<DB, Shift>) -> Self {
        Self { area }
    }

    pub(crate) fn clear(&self, color: Color) -> Result<(), PlotError> {
        self.area.fill(&paint(color, 1.0)).map_err(failed)
    }

    /// Control characters have no place in a picture, nor in XML.
    pub(crate) fn text(
        &self,
        text: &str,
        spot: Spot,
        look: Type,
        align: Align,
    ) -> Result<(), PlotError> {
        let clean: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let (h, v) = match align {
            Align::TopLeft => (HPos::Left, VPos::Top),
            Align::TopCenter => (HPos::Center, VPos::Top),
            Align::Left => (HPos::Left, VPos::Center),
            Align::Right => (HPos::Right, VPos::Center),
            Align::Center => (HPos::Center, VPos::Center),
        };
        let style = font(look).pos(Pos::new(h, v));
        self.area
            .draw(&Text::new(clean, pixel(spot), style))
            .map_err(failed)
    }

    /// A line through all points, dashed if the style says so.
    pub(crate) fn polyline(&self, points: &[Spot], style: LineStyle) -> Result<(), PlotError> {
        match style.dash {
            None => self.stroke(points, style),
            Some(dash) => dashes(points, dash)
                .iter()
                .try_for_each(|piece| self.stroke(piece, style)),
        }
    }

    /// A path whose turns are sharp is filled instead of stroked: the library's bitmaps would draw
    /// a long mitre at each turn.
    fn stroke(&self, points: &[Spot], style: LineStyle) -> Result<(), PlotError> {
        let mut path: Vec<(i32, i32)> = points.iter().map(|&p| pixel(p)).collect();
        path.dedup();
        let width = (style.width * PIXELS).round().max(1.0) as u32;
        match path[..] {
            [] => Ok(()),
            // A single point would be invisible as a line.
            [point] => {
                let dot = ShapeStyle::from(paint(style.color, 1.0)).filled();
                self.area
                    .draw(&Circle::new(point, width + 1, dot))
                    .map_err(failed)
            }
            _ if width > 1 && is_jagged(&path) => {
                let outline = envelope(&path, (width / 2) as i32);
                self.area
                    .draw(&Polygon::new(outline, paint(style.color, 1.0)))
                    .map_err(failed)
            }
            _ => {
                let stroke = paint(style.color, 1.0).stroke_width(width);
                self.area
                    .draw(&PathElement::new(path, stroke))
                    .map_err(failed)
            }
        }
    }

    /// A filled box between two corners; at least one pixel wide and high.
    pub(crate) fn rectangle(
        &self,
        a: Spot,
        b: Spot,
        color: Color,
        alpha: f64,
    ) -> Result<(), PlotError> {
        let ((ax, ay), (bx, by)) = (pixel(a), pixel(b));
        let (x, y) = ((ax.min(bx), ax.max(bx)), (ay.min(by), ay.max(by)));
        let corners = [(x.0, y.0), (x.1.max(x.0 + 1), y.1.max(y.0 + 1))];
        let style = ShapeStyle::from(paint(color, alpha)).filled();
        self.area
            .draw(&Rectangle::new(corners, style))
            .map_err(failed)
    }

    pub(crate) fn disc(
        &self,
        center: Spot,
        radius: f64,
        color: Color,
        alpha: f64,
    ) -> Result<(), PlotError> {
        let radius = (radius * PIXELS).round().clamp(1.0, 4000.0) as u32;
        let style = ShapeStyle::from(paint(color, alpha)).filled();
        self.area
            .draw(&Circle::new(pixel(center), radius, style))
            .map_err(failed)
    }

    pub(crate) fn polygon(
        &self,
        points: &[Spot],
        color: Color,
        alpha: f64,
    ) -> Result<(), PlotError> {
        let path: Vec<(i32, i32)> = points.iter().map(|&p| pixel(p)).collect();
        self.area
            .draw(&Polygon::new(path, paint(color, alpha)))
            .map_err(failed)
    }

    /// A grid of colours as one picture between two corners: thousands of boxes would make an SVG
    /// file heavy.
    pub(crate) fn picture(
        &self,
        upper_left: Spot,
        lower_right: Spot,
        grid: &Grid,
    ) -> Result<(), PlotError> {
        let ((x0, y0), (x1, y1)) = (pixel(upper_left), pixel(lower_right));
        let (columns, rows) = grid.size;
        if x1 <= x0 || y1 <= y0 || columns * rows == 0 || grid.colors.len() < columns * rows {
            return Ok(());
        }
        let (width, height) = ((x1 - x0) as usize, (y1 - y0) as usize);
        let mut bytes = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            let row = rows - 1 - y * rows / height;
            for x in 0..width {
                let Color(r, g, b) = grid.colors[row * columns + x * columns / width];
                bytes.extend_from_slice(&[r, g, b]);
            }
        }
        let size = (width as u32, height as u32);
        let element = BitMapElement::with_owned_buffer((x0, y0), size, bytes);
        let element = element.ok_or_else(|| failed("the size of a picture is wrong"))?;
        self.area.draw(&element).map_err(failed)
    }

    pub(crate) fn finish(&self) -> Result<(), PlotError> {
        self.area.present().map_err(failed)
    }
}

/// The width of a text in points.
pub(crate) fn text_width(text: &str, look: Type) -> Result<f64, PlotError> {
    crate::font::register()?;
    let (width, _) = font(look).font.box_size(text).map_err(failed)?;
    Ok(f64::from(width) / PIXELS)
}

/// A text, or its beginning with an ellipsis if it is wider than the room.
pub(crate) fn fit(text: &str, look: Type, room: f64) -> Result<Cow<'_, str>, PlotError> {
    if text_width(text, look)? <= room {
        return Ok(Cow::Borrowed(text));
    }
    let letters: Vec<char> = text.chars().collect();
    let (mut fits, mut too_long) = (0, letters.len());
    let shortened = |count: usize| -> String { letters[..count].iter().chain(&['…']).collect() };
    while too_long - fits > 1 {
        let middle = usize::midpoint(fits, too_long);
        if text_width(&shortened(middle), look)? <= room {
            fits = middle;
        } else {
            too_long = middle;
        }
    }
    Ok(Cow::Owned(shortened(fits)))
}

fn font(look: Type) -> TextStyle<'static> {
    let weight = if look.bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    let mut style = TextStyle::from(FontDesc::new(
        FontFamily::Name(FAMILY),
        look.size * PIXELS,
        weight,
    ));
    style.color = paint(look.color, 1.0).to_backend_color();
    style
}

/// Whether a path that never goes left turns back on itself, up and down.
fn is_jagged(path: &[(i32, i32)]) -> bool {
    let forward = path.windows(2).all(|w| w[0].0 <= w[1].0);
    let back = |w: &[(i32, i32)]| {
        let (a, b) = (
            (w[1].0 - w[0].0, w[1].1 - w[0].1),
            (w[2].0 - w[1].0, w[2].1 - w[1].1),
        );
        i64::from(a.0) * i64::from(b.0) + i64::from(a.1) * i64::from(b.1) < 0
    };
    forward && path.windows(3).any(back)
}

/// The outline of a jagged path drawn with a square pen that reaches `reach` pixels to each side:
/// for each column of pixels the highest and the lowest place that the pen touches.
fn envelope(path: &[(i32, i32)], reach: i32) -> Vec<(i32, i32)> {
    let (Some(&(left, _)), Some(&(right, _))) = (path.first(), path.last()) else {
        return Vec::new();
    };
    let columns = (right - left + 1) as usize;
    let mut spans = vec![(i32::MAX, i32::MIN); columns];
    let mut touch = |x: i32, y: i32| {
        let span = &mut spans[(x - left) as usize];
        *span = (span.0.min(y), span.1.max(y));
    };
    for pair in path.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        touch(x0, y0);
        touch(x1, y1);
        for x in x0 + 1..x1 {
            let part = f64::from(x - x0) / f64::from(x1 - x0);
            touch(
                x,
                (f64::from(y0) + part * f64::from(y1 - y0)).round() as i32,
            );
        }
    }
    // The pen is square: it also reaches into the columns beside it.
    let widened = |k: usize| {
        let near = k.saturating_sub(reach as usize)..(k + reach as usize + 1).min(columns);
        let window = &spans[near];
        let high = window.iter().map(|s| s.0).min().unwrap_or(0);
        let low = window.iter().map(|s| s.1).max().unwrap_or(0);
        (high - reach, low + reach)
    };
    let edges: Vec<(i32, i32)> = (0..columns).map(widened).collect();
    let x = |k: usize| left + k as i32;
    let upper = edges.iter().enumerate().map(|(k, e)| (x(k), e.0));
    let lower = edges.iter().enumerate().rev().map(|(k, e)| (x(k), e.1));
    upper.chain(lower).collect()
}

/// Cuts a path into dashes; the pattern runs on around corners.
fn dashes(points: &[Spot], (on, off): (f64, f64)) -> Vec<Vec<Spot>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Spot> = points.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let ((mut x, mut y), (to_x, to_y)) = (pair[0], pair[1]);
        let mut rest = (to_x - x).hypot(to_y - y);
        while rest > left {
            x += (to_x - x) * left / rest;
            y += (to_y - y) * left / rest;
            rest -= left;
            if drawing {
                piece.push((x, y));
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![(x, y)];
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
        left -= rest;
        if drawing {
            piece.push((to_x, to_y));
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jagged_lines_stay_within_their_own_extremes() {
        let path: Vec<(i32, i32)> = (0..100)
            .map(|x| (x, if x % 2 == 0 { 0 } else { 300 }))
            .collect();
        assert!(is_jagged(&path));
        let outline = envelope(&path, 2);
        assert!(
            outline
                .iter()
                .all(|p| (-2..=302).contains(&p.1) && (0..100).contains(&p.0))
        );
        assert!(!is_jagged(&[(0, 0), (5, 5), (10, 4)]));
        assert!(!is_jagged(&[(0, 0), (5, 5), (4, 0), (9, 9)]));
    }

    #[test]
    fn a_vertical_jump_is_one_thick_column() {
        let outline = envelope(&[(5, 0), (5, 90), (5, 10)], 1);
        assert_eq!(outline, [(5, -1), (5, 91)]);
    }

    #[test]
    fn long_texts_are_cut() {
        let look = Type {
            size: 14.0,
            bold: false,
            color: Color(0, 0, 0),
        };
        assert_eq!(fit("short", look, 200.0).unwrap(), "short");
        let long = "wide ".repeat(100);
        let cut = fit(&long, look, 200.0).unwrap();
        assert!(cut.ends_with('…') && cut.chars().count() > 15, "{cut}");
        assert!(text_width(&cut, look).unwrap() <= 200.0);
        assert_eq!(fit("nothing fits", look, 0.0).unwrap(), "…");
    }

    #[test]
    fn dashes_go_around_corners() {
        let pieces = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 20.0)], (6.0, 4.0));
        assert_eq!(pieces[0], [(0.0, 0.0), (5.0, 0.0), (5.0, 1.0)]);
        assert_eq!(pieces[1], [(5.0, 5.0), (5.0, 11.0)]);
        assert_eq!(pieces[2], [(5.0, 15.0), (5.0, 20.0)]);
        assert_eq!(pieces.len(), 3);
        assert!(dashes(&[], (1.0, 1.0)).is_empty());
    }
}

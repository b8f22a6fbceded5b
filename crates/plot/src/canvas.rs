//! The few strokes that charts are made of, on any backend of the drawing library.

use std::fmt::Display;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{BitMapElement, Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, RGBAColor, RGBColor, ShapeStyle, TextStyle};

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

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> PlotError {
    PlotError::Draw(error.to_string())
}

fn failed_by(error: impl Display) -> PlotError {
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
    pub(crate) fn text(&self, text: &str, spot: Spot, look: Type, align: Align) -> Result<(), PlotError> {
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let (h, v) = match align {
            Align::TopLeft => (HPos::Left, VPos::Top),
            Align::TopCenter => (HPos::Center, VPos::Top),
            Align::Left => (HPos::Left, VPos::Center),
            Align::Right => (HPos::Right, VPos::Center),
            Align::Center => (HPos::Center, VPos::Center),
        };
        let style = font(look).pos(Pos::new(h, v));
        self.area.draw(&Text::new(clean, pixel(spot), style)).map_err(failed)
    }

    /// The width of a text in points.
    pub(crate) fn text_width(&self, text: &str, look: Type) -> Result<f64, PlotError> {
        let (width, _) = self.area.estimate_text_size(text, &font(look)).map_err(failed)?;
        Ok(f64::from(width) / PIXELS)
    }

    /// A line through all points, dashed if the style says so.
    pub(crate) fn polyline(&self, points: &[Spot], style: LineStyle) -> Result<(), PlotError> {
        match style.dash {
            None => self.stroke(points, style),
            Some(dash) => {
                dashes(points, dash).iter().try_for_each(|piece| self.stroke(piece, style))
            }
        }
    }

    fn stroke(&self, points: &[Spot], style: LineStyle) -> Result<(), PlotError> {
        let mut path: Vec<(i32, i32)> = points.iter().map(|&p| pixel(p)).collect();
        path.dedup();
        let width = (style.width * PIXELS).round().max(1.0) as u32;
        match path[..] {
            [] => Ok(()),
            // A single point would be invisible as a line.
            [point] => {
                let dot = Circle::new(point, width + 1, ShapeStyle::from(paint(style.color, 1.0)).filled());
                self.area.draw(&dot).map_err(failed)
            }
            _ => {
                let stroke = paint(style.color, 1.0).stroke_width(width);
                self.area.draw(&PathElement::new(path, stroke)).map_err(failed)
            }
        }
    }

    /// A filled box between two corners; at least one pixel wide and high.
    pub(crate) fn rectangle(&self, a: Spot, b: Spot, color: Color, alpha: f64) -> Result<(), PlotError> {
        let ((ax, ay), (bx, by)) = (pixel(a), pixel(b));
        let (x, y) = ((ax.min(bx), ax.max(bx)), (ay.min(by), ay.max(by)));
        let corners = [(x.0, y.0), (x.1.max(x.0 + 1), y.1.max(y.0 + 1))];
        let style = ShapeStyle::from(paint(color, alpha)).filled();
        self.area.draw(&Rectangle::new(corners, style)).map_err(failed)
    }

    pub(crate) fn disc(&self, center: Spot, radius: f64, color: Color, alpha: f64) -> Result<(), PlotError> {
        let radius = (radius * PIXELS).round().clamp(1.0, 4000.0) as u32;
        let style = ShapeStyle::from(paint(color, alpha)).filled();
        self.area.draw(&Circle::new(pixel(center), radius, style)).map_err(failed)
    }

    pub(crate) fn polygon(&self, points: &[Spot], color: Color, alpha: f64) -> Result<(), PlotError> {
        let path: Vec<(i32, i32)> = points.iter().map(|&p| pixel(p)).collect();
        self.area.draw(&Polygon::new(path, paint(color, alpha))).map_err(failed)
    }

    /// A grid of colours as one picture between two corners: thousands of boxes would make an SVG
    /// file heavy.
    pub(crate) fn picture(&self, upper_left: Spot, lower_right: Spot, grid: &Grid) -> Result<(), PlotError> {
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
        let element = element.ok_or_else(|| failed_by("the size of a picture is wrong"))?;
        self.area.draw(&element).map_err(failed)
    }

    pub(crate) fn finish(&self) -> Result<(), PlotError> {
        self.area.present().map_err(failed)
    }
}

fn font(look: Type) -> TextStyle<'static> {
    let weight = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
    let size = look.size * PIXELS;
    let desc = FontDesc::new(FontFamily::Name(FAMILY), size, weight);
    TextStyle::from(desc).color(&paint(look.color, 1.0))
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
    fn dashes_go_around_corners() {
        let pieces = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 20.0)], (6.0, 4.0));
        assert_eq!(pieces[0], [(0.0, 0.0), (5.0, 0.0), (5.0, 1.0)]);
        assert_eq!(pieces[1], [(5.0, 5.0), (5.0, 11.0)]);
        assert_eq!(pieces[2], [(5.0, 15.0), (5.0, 20.0)]);
        assert_eq!(pieces.len(), 3);
        assert!(dashes(&[], (1.0, 1.0)).is_empty());
    }
}

//! From a figure to strokes: the layout of every chart, in one place.

use std::borrow::Cow;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;

use crate::PlotError;
use crate::axis::{Tick, linear_ticks, log_ticks, time_ticks};
use crate::canvas::{Align, Canvas, Spot, Type, fit, text_width};
use crate::figure::{Figure, Key, Layer, Panel, Sign, XAxis};
use crate::style::{
    AXIS, Color, GRID, INK, LABEL_SIZE, LineStyle, MARGIN, ORANGE, PANEL_TITLE, PANEL_TITLE_SIZE,
    PAPER, PIXELS, RIGHT_MARGIN, ROW, SHADE, SOFT_INK, SUBTITLE_SIZE, TICK_SIZE, TITLE_SIZE, WIDTH,
    X_LABELS,
};

const TITLE: Type = Type {
    size: TITLE_SIZE,
    bold: true,
    color: INK,
};
const SUBTITLE: Type = Type {
    size: SUBTITLE_SIZE,
    bold: false,
    color: SOFT_INK,
};
const PANEL: Type = Type {
    size: PANEL_TITLE_SIZE,
    bold: true,
    color: INK,
};
const LABEL: Type = Type {
    size: LABEL_SIZE,
    bold: false,
    color: INK,
};
const TICK: Type = Type {
    size: TICK_SIZE,
    bold: false,
    color: SOFT_INK,
};

/// Space between the entries of a legend, and the room for an entry's sign.
const LEGEND_GAP: f64 = 22.0;
const LEGEND_SIGN: f64 = 30.0;
/// The width of a text over the whole figure.
const TEXT_WIDTH: f64 = WIDTH - 2.0 * MARGIN;
/// The widest label of the legend: two fit beside each other.
const KEY_WIDTH: f64 = 0.5 * TEXT_WIDTH - LEGEND_SIGN - LEGEND_GAP;
/// The widest label of a vertical line.
const EVENT_WIDTH: f64 = 320.0;
/// Space below a panel.
const PANEL_GAP: f64 = 10.0;

/// Draws a figure on an area of [`pixel_size`] pixels.
///
/// # Errors
/// If the backend fails.
pub fn render<DB: DrawingBackend>(
    figure: &Figure,
    area: &DrawingArea<DB, Shift>,
) -> Result<(), PlotError> {
    crate::font::register()?;
    let canvas = Canvas::new(area);
    canvas.clear(PAPER)?;
    let mut y = head(figure, &canvas)?;
    let axes = Axes::new(figure)?;
    for (place, panel) in figure.panels.iter().enumerate() {
        canvas.text(&panel.title, (MARGIN, y + 5.0), PANEL, Align::TopLeft)?;
        y += PANEL_TITLE;
        if place == 0 {
            event_labels(figure, &canvas, &axes, y)?;
            y += event_strip(figure);
        }
        let (left, right) = (axes.left, WIDTH - RIGHT_MARGIN);
        let frame = Frame {
            left,
            right,
            top: y,
            bottom: y + panel.height,
        };
        draw_panel(&canvas, figure, panel, &axes, place, frame)?;
        y = frame.bottom + PANEL_GAP;
    }
    y -= PANEL_GAP;
    x_labels(figure, &canvas, &axes, y)?;
    canvas.finish()
}

/// Width and height in points, which depend on the number of panels and the length of the legend.
pub(crate) fn point_size(figure: &Figure) -> Result<(f64, f64), PlotError> {
    let panels: f64 = figure
        .panels
        .iter()
        .map(|p| PANEL_TITLE + p.height + PANEL_GAP)
        .sum();
    let head = MARGIN + 36.0 + ROW * subtitle_lines(figure)?.len() as f64;
    let legend = ROW * legend_rows(figure)?.len() as f64;
    let height = head + legend + event_strip(figure) + panels - PANEL_GAP + X_LABELS + 6.0;
    Ok((WIDTH, height.ceil()))
}

/// Width and height of the area that [`render`] draws on.
///
/// # Errors
/// If the built-in font is damaged.
pub fn pixel_size(figure: &Figure) -> Result<(u32, u32), PlotError> {
    let (width, height) = point_size(figure)?;
    Ok(((width * PIXELS) as u32, (height * PIXELS) as u32))
}

/// Height of the strip of labels of vertical lines.
fn event_strip(figure: &Figure) -> f64 {
    if figure.events.is_empty() {
        0.0
    } else {
        ROW - 3.0
    }
}

/// The plot's rectangle, in points.
#[derive(Clone, Copy)]
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Ticks and ranges of all axes.
struct Axes {
    left: f64,
    x_range: (f64, f64),
    x_log: bool,
    x_ticks: Vec<Tick>,
    y_ranges: Vec<(f64, f64)>,
    y_ticks: Vec<Vec<Tick>>,
}

impl Axes {
    fn new(figure: &Figure) -> Result<Self, PlotError> {
        let x_range = figure.x.range();
        let x_ticks = match &figure.x {
            XAxis::Time { clock, .. } => time_ticks(x_range.0, x_range.1, *clock),
            XAxis::Linear { unit, .. } => linear_ticks(x_range.0, x_range.1, *unit, 10.0),
            XAxis::Log { unit, .. } => log_ticks(x_range.0, x_range.1, *unit, 12.0),
            XAxis::Names { names, .. } => names
                .iter()
                .enumerate()
                .map(|(k, name)| (k as f64, name.clone()))
                .collect(),
        };
        let y_ranges: Vec<(f64, f64)> = figure.panels.iter().map(Panel::y_range).collect();
        let ticks = |(panel, &range): (&Panel, &(f64, f64))| y_ticks(panel, range);
        let y_ticks: Vec<Vec<Tick>> = figure.panels.iter().zip(&y_ranges).map(ticks).collect();
        let mut widest = 30.0f64;
        for (_, label) in y_ticks.iter().flatten() {
            widest = widest.max(text_width(label, TICK)?);
        }
        let left = MARGIN + widest.min(200.0) + 10.0;
        Ok(Self {
            left,
            x_range,
            x_log: figure.x.is_log(),
            x_ticks,
            y_ranges,
            y_ticks,
        })
    }

    fn x(&self, frame: Frame, value: f64) -> f64 {
        frame.left + (frame.right - frame.left) * place(value, self.x_range, self.x_log)
    }
}

/// Labels of the vertical axis; an empty panel has none.
fn y_ticks(panel: &Panel, (low, high): (f64, f64)) -> Vec<Tick> {
    if panel.is_empty() {
        return Vec::new();
    }
    let target = (panel.height / 42.0).clamp(2.0, 9.0);
    let mut ticks = if panel.y.log {
        log_ticks(low, high, panel.y.unit, target)
    } else {
        linear_ticks(low, high, panel.y.unit, target)
    };
    if panel.y.magnitude {
        ticks
            .iter_mut()
            .for_each(|(_, label)| *label = label.replace('−', ""));
    }
    ticks
}

/// The place of a value between the ends of a range: 0 to 1, values beyond stay at the ends.
fn place(value: f64, (low, high): (f64, f64), log: bool) -> f64 {
    let part = if log {
        let of = |v: f64| libm::log10(v.max(f64::MIN_POSITIVE));
        (of(value) - of(low)) / (of(high) - of(low))
    } else {
        (value - low) / (high - low)
    };
    if part.is_nan() {
        0.0
    } else {
        part.clamp(0.0, 1.0)
    }
}

/// Title, subtitle and legend; returns where the next thing begins.
fn head<DB: DrawingBackend>(figure: &Figure, canvas: &Canvas<'_, DB>) -> Result<f64, PlotError> {
    let title = fit(&figure.title, TITLE, TEXT_WIDTH)?;
    canvas.text(&title, (MARGIN, MARGIN - 2.0), TITLE, Align::TopLeft)?;
    let mut y = MARGIN + 30.0;
    for line in subtitle_lines(figure)? {
        canvas.text(&line, (MARGIN, y), SUBTITLE, Align::TopLeft)?;
        y += ROW;
    }
    y += 2.0;
    for row in legend_rows(figure)? {
        let middle = y + ROW / 2.0;
        for PlacedKey { x, label, sign } in row {
            legend_sign(canvas, sign, (x, middle))?;
            canvas.text(&label, (x + LEGEND_SIGN, middle), LABEL, Align::Left)?;
        }
        y += ROW;
    }
    Ok(y + 4.0)
}

fn legend_sign<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    sign: Sign,
    (x, y): Spot,
) -> Result<(), PlotError> {
    match sign {
        Sign::Line(style) => {
            let style = LineStyle {
                width: style.width.max(1.6),
                ..style
            };
            canvas.polyline(&[(x, y), (x + 23.0, y)], style)
        }
        Sign::Box(color) => canvas.rectangle((x + 6.0, y - 6.0), (x + 21.0, y + 6.0), color, 1.0),
        Sign::Dot(color) => canvas.disc((x + 13.0, y), 6.0, color, 0.7),
    }
}

/// An entry of the legend where it is drawn.
struct PlacedKey<'a> {
    x: f64,
    label: Cow<'a, str>,
    sign: Sign,
}

/// The legend's entries row by row.
fn legend_rows(figure: &Figure) -> Result<Vec<Vec<PlacedKey<'_>>>, PlotError> {
    let mut rows: Vec<Vec<PlacedKey<'_>>> = Vec::new();
    let mut x = f64::INFINITY;
    for Key { label, sign } in &figure.legend {
        let label = fit(label, LABEL, KEY_WIDTH)?;
        let width = LEGEND_SIGN + text_width(&label, LABEL)?;
        if x + width > WIDTH - MARGIN {
            rows.push(Vec::new());
            x = MARGIN;
        }
        if let Some(row) = rows.last_mut() {
            row.push(PlacedKey {
                x,
                label,
                sign: *sign,
            });
        }
        x += width + LEGEND_GAP;
    }
    Ok(rows)
}

/// The subtitle broken at spaces.
fn subtitle_lines(figure: &Figure) -> Result<Vec<String>, PlotError> {
    let mut lines: Vec<String> = Vec::new();
    for word in figure.subtitle.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if text_width(&longer, SUBTITLE)? <= TEXT_WIDTH {
                *line = longer;
                continue;
            }
        }
        lines.push(fit(word, SUBTITLE, TEXT_WIDTH)?.into_owned());
    }
    Ok(lines)
}

/// Labels of vertical lines in a strip of their own; one that would cover the one before is left
/// out.
fn event_labels<DB: DrawingBackend>(
    figure: &Figure,
    canvas: &Canvas<'_, DB>,
    axes: &Axes,
    y: f64,
) -> Result<(), PlotError> {
    let frame = Frame {
        left: axes.left,
        right: WIDTH - RIGHT_MARGIN,
        top: y,
        bottom: y,
    };
    let mut free = 0.0;
    for (at, label) in &figure.events {
        let label = fit(label, TICK, EVENT_WIDTH)?;
        let width = text_width(&label, TICK)?;
        let x = inside(axes.x(frame, *at), width);
        if x - width / 2.0 > free {
            canvas.text(&label, (x, y + ROW / 2.0 - 2.0), TICK, Align::Center)?;
            free = x + width / 2.0 + 8.0;
        }
    }
    Ok(())
}

/// The middle of a text of this width, moved so that no end leaves the figure.
fn inside(x: f64, width: f64) -> f64 {
    let reach = width / 2.0 + 3.0;
    x.min(WIDTH - reach).max(reach)
}

fn draw_panel<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    figure: &Figure,
    panel: &Panel,
    axes: &Axes,
    index: usize,
    frame: Frame,
) -> Result<(), PlotError> {
    let plot = Plot {
        canvas,
        axes,
        frame,
        y_range: axes.y_ranges[index],
        y_log: panel.y.log,
    };
    for &(from, to) in &figure.spans {
        plot.shade(from, to)?;
    }
    plot.grid(
        &axes.y_ticks[index],
        matches!(figure.x, XAxis::Names { .. }),
    )?;
    if panel.is_empty() {
        let middle = (
            f64::midpoint(frame.left, frame.right),
            f64::midpoint(frame.top, frame.bottom),
        );
        canvas.text(&panel.if_empty, middle, SUBTITLE, Align::Center)?;
    } else {
        panel.layers.iter().try_for_each(|l| plot.layer(l))?;
    }
    // On the dark ground of a picture only a light line is seen.
    let dark = panel
        .layers
        .iter()
        .any(|l| matches!(l, Layer::Cells { .. }));
    let event = LineStyle::dashed(if dark { ORANGE } else { SOFT_INK }, 1.2);
    for &(at, _) in &figure.events {
        plot.vertical(at, event)?;
    }
    plot.base(panel)
}

/// Tick labels and title of the horizontal axis.
fn x_labels<DB: DrawingBackend>(
    figure: &Figure,
    canvas: &Canvas<'_, DB>,
    axes: &Axes,
    y: f64,
) -> Result<(), PlotError> {
    let frame = Frame {
        left: axes.left,
        right: WIDTH - RIGHT_MARGIN,
        top: y,
        bottom: y,
    };
    let mut free = 0.0;
    for (at, label) in &axes.x_ticks {
        let x = axes.x(frame, *at);
        let width = text_width(label, TICK)?;
        let middle = inside(x, width);
        if middle - width / 2.0 >= free {
            canvas.polyline(&[(x, y), (x, y + 4.0)], LineStyle::solid(AXIS, 1.0))?;
            canvas.text(label, (middle, y + 8.0), TICK, Align::TopCenter)?;
            free = middle + width / 2.0 + 8.0;
        }
    }
    let title = match &figure.x {
        XAxis::Time { clock, .. } => clock.title(axes.x_range.0),
        XAxis::Linear { title, .. } | XAxis::Log { title, .. } | XAxis::Names { title, .. } => {
            title.clone()
        }
    };
    let middle = f64::midpoint(frame.left, frame.right);
    canvas.text(&title, (middle, y + 28.0), LABEL, Align::TopCenter)
}

/// One panel while it is drawn.
struct Plot<'a, 'b, DB: DrawingBackend> {
    canvas: &'a Canvas<'b, DB>,
    axes: &'a Axes,
    frame: Frame,
    y_range: (f64, f64),
    y_log: bool,
}

impl<DB: DrawingBackend> Plot<'_, '_, DB> {
    fn x(&self, value: f64) -> f64 {
        self.axes.x(self.frame, value)
    }

    fn y(&self, value: f64) -> f64 {
        let part = place(value, self.y_range, self.y_log);
        self.frame.bottom - (self.frame.bottom - self.frame.top) * part
    }

    fn vertical(&self, at: f64, style: LineStyle) -> Result<(), PlotError> {
        let x = self.x(at);
        self.canvas
            .polyline(&[(x, self.frame.top), (x, self.frame.bottom)], style)
    }

    /// A ground under all else, at least as wide as a line.
    fn shade(&self, from: f64, to: f64) -> Result<(), PlotError> {
        let (left, right) = (self.x(from), self.x(to));
        let upper_left = (left, self.frame.top);
        let lower_right = (right.max(left + 1.0), self.frame.bottom);
        self.canvas.rectangle(upper_left, lower_right, SHADE, 1.0)
    }

    fn horizontal(&self, at: f64, style: LineStyle) -> Result<(), PlotError> {
        let y = self.y(at);
        self.canvas
            .polyline(&[(self.frame.left, y), (self.frame.right, y)], style)
    }

    fn grid(&self, ticks: &[Tick], only_horizontal: bool) -> Result<(), PlotError> {
        let style = LineStyle::solid(GRID, 1.0);
        if !only_horizontal {
            self.axes
                .x_ticks
                .iter()
                .try_for_each(|(at, _)| self.vertical(*at, style))?;
        }
        for (at, label) in ticks {
            self.horizontal(*at, style)?;
            let spot = (self.frame.left - 7.0, self.y(*at) + 1.0);
            self.canvas.text(label, spot, TICK, Align::Right)?;
        }
        Ok(())
    }

    /// The axis lines, over the data; where zero lies inside, it is drawn too.
    fn base(&self, panel: &Panel) -> Result<(), PlotError> {
        let style = LineStyle::solid(AXIS, 1.0);
        let Frame {
            left,
            right,
            top,
            bottom,
        } = self.frame;
        self.canvas
            .polyline(&[(left, top), (left, bottom), (right, bottom)], style)?;
        let (low, high) = self.y_range;
        if !self.y_log && low < 0.0 && high > 0.0 && !panel.is_empty() {
            self.horizontal(0.0, style)?;
        }
        Ok(())
    }

    fn layer(&self, layer: &Layer) -> Result<(), PlotError> {
        match layer {
            Layer::Line { points, style } => {
                let finite = |p: &(f64, f64)| p.0.is_finite() && p.1.is_finite();
                for run in points.split(|p| !finite(p)).filter(|run| !run.is_empty()) {
                    let path: Vec<Spot> = run.iter().map(|p| (self.x(p.0), self.y(p.1))).collect();
                    self.canvas.polyline(&path, *style)?;
                }
                Ok(())
            }
            Layer::Band {
                points,
                color,
                opacity,
            } => self.band(points, *color, *opacity),
            Layer::Bars { bars, color } => {
                let visible = |b: &&crate::figure::Bar| {
                    [b.x.0, b.x.1, b.y.0, b.y.1].iter().all(|v| v.is_finite()) && b.y.0 != b.y.1
                };
                bars.iter().filter(visible).try_for_each(|bar| {
                    let corner = |x, y| (self.x(x), self.y(y));
                    let (a, b) = (corner(bar.x.0, bar.y.0), corner(bar.x.1, bar.y.1));
                    self.canvas.rectangle(a, b, *color, 1.0)
                })
            }
            Layer::Dots { dots, color } => {
                let finite = |d: &&(f64, f64, f64)| d.0.is_finite() && d.1.is_finite();
                dots.iter().filter(finite).try_for_each(|&(x, y, radius)| {
                    self.canvas
                        .disc((self.x(x), self.y(y)), radius, *color, 0.45)
                })
            }
            Layer::Level { y, label, style } => self.level(*y, label, *style),
            Layer::Cells { grid } => {
                let upper_left = (self.x(grid.x.0), self.y(grid.y.1));
                let lower_right = (self.x(grid.x.1), self.y(grid.y.0));
                self.canvas.picture(upper_left, lower_right, grid)
            }
        }
    }

    fn band(
        &self,
        points: &[(f64, f64, f64)],
        color: Color,
        opacity: f64,
    ) -> Result<(), PlotError> {
        let finite = |p: &(f64, f64, f64)| p.0.is_finite() && p.1.is_finite() && p.2.is_finite();
        for run in points.split(|p| !finite(p)).filter(|run| run.len() > 1) {
            let lower = run.iter().map(|p| (self.x(p.0), self.y(p.1)));
            let upper = run.iter().rev().map(|p| (self.x(p.0), self.y(p.2)));
            let path: Vec<Spot> = lower.chain(upper).collect();
            self.canvas.polygon(&path, color, opacity)?;
        }
        Ok(())
    }

    fn level(&self, y: f64, label: &str, style: LineStyle) -> Result<(), PlotError> {
        self.horizontal(y, style)?;
        if label.is_empty() {
            return Ok(());
        }
        let look = Type {
            color: style.color,
            ..TICK
        };
        let width = text_width(label, look)?;
        let right = (self.frame.right - 4.0, self.y(y) - 10.0);
        let back = (right.0 - width - 6.0, right.1 - 9.0);
        self.canvas
            .rectangle(back, (right.0 + 3.0, right.1 + 8.0), PAPER, 0.85)?;
        self.canvas.text(label, right, look, Align::Right)
    }
}

//! A chart before it is drawn: what is shown, in the units of the data. Knows no drawing library.

use crate::format::{Clock, Unit};
use crate::style::{Color, LineStyle};

/// A picture: title, legend, and panels above each other with one common horizontal axis.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is about.
    pub title: String,
    /// Which run and market, and how to read it; long lines are broken.
    pub subtitle: String,
    /// The keys, drawn between subtitle and panels, where they cover nothing.
    pub legend: Vec<Key>,
    /// The common horizontal axis.
    pub x: XAxis,
    /// Vertical lines through all panels, labelled above the first.
    pub events: Vec<(f64, String)>,
    /// Spans of the horizontal axis that are shaded in all panels: while a book was halted.
    pub spans: Vec<(f64, f64)>,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

/// One entry of the legend.
#[derive(Clone, Debug)]
pub struct Key {
    /// What it stands for.
    pub label: String,
    /// Its sign.
    pub sign: Sign,
}

/// The sign of a legend entry.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    /// A piece of line.
    Line(LineStyle),
    /// A filled box.
    Box(Color),
    /// A disc.
    Dot(Color),
}

impl Key {
    /// A line.
    #[must_use]
    pub fn line(label: impl Into<String>, style: LineStyle) -> Self {
        Self {
            label: label.into(),
            sign: Sign::Line(style),
        }
    }

    /// A filled area.
    #[must_use]
    pub fn filled(label: impl Into<String>, color: Color) -> Self {
        Self {
            label: label.into(),
            sign: Sign::Box(color),
        }
    }

    /// A disc.
    #[must_use]
    pub fn dot(label: impl Into<String>, color: Color) -> Self {
        Self {
            label: label.into(),
            sign: Sign::Dot(color),
        }
    }
}

/// The common horizontal axis.
#[derive(Clone, Debug)]
pub enum XAxis {
    /// Seconds since the start, labelled with clock times.
    Time {
        /// First and last moment.
        range: (f64, f64),
        /// Turns them into clock times.
        clock: Clock,
    },
    /// Equal steps.
    Linear {
        /// Smallest and largest value.
        range: (f64, f64),
        /// What they are.
        unit: Unit,
        /// The axis' title.
        title: String,
    },
    /// Powers of ten.
    Log {
        /// Smallest and largest value, positive.
        range: (f64, f64),
        /// What they are.
        unit: Unit,
        /// The axis' title.
        title: String,
    },
    /// One place for each name, at 0, 1, 2, ...
    Names {
        /// The names.
        names: Vec<String>,
        /// The axis' title.
        title: String,
    },
}

/// One plot with its own vertical axis.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What the vertical axis shows, with its unit; stands above the plot.
    pub title: String,
    /// Height of the plot in points.
    pub height: f64,
    /// The vertical axis.
    pub y: YAxis,
    /// From back to front.
    pub layers: Vec<Layer>,
    /// Stands in the middle when there is nothing to draw: "no liquidations".
    pub if_empty: String,
}

/// A vertical axis; its range follows from the data.
#[derive(Clone, Debug)]
pub struct YAxis {
    /// What the values are.
    pub unit: Unit,
    /// Powers of ten instead of equal steps.
    pub log: bool,
    /// Values that are always within the range.
    pub include: Vec<f64>,
    /// Values beyond these do not widen the range and are drawn at its edge.
    pub limits: (f64, f64),
    /// Whether minus signs are left out, because down means another kind and not less.
    pub magnitude: bool,
}

impl YAxis {
    /// Equal steps.
    #[must_use]
    pub fn linear(unit: Unit) -> Self {
        let limits = (f64::NEG_INFINITY, f64::INFINITY);
        Self {
            unit,
            log: false,
            include: Vec::new(),
            limits,
            magnitude: false,
        }
    }

    /// Powers of ten; what is below `floor` is drawn there.
    #[must_use]
    pub fn log(unit: Unit, floor: f64) -> Self {
        let limits = (floor, f64::INFINITY);
        Self {
            unit,
            log: true,
            include: Vec::new(),
            limits,
            magnitude: false,
        }
    }

    /// With a value that is always shown.
    #[must_use]
    pub fn with(mut self, value: f64) -> Self {
        self.include.push(value);
        self
    }
}

/// Something to draw; coordinates are (x, y) in the axes' units. What is not finite leaves a gap.
#[derive(Clone, Debug)]
pub enum Layer {
    /// A line.
    Line {
        /// Its points.
        points: Vec<(f64, f64)>,
        /// How it is drawn.
        style: LineStyle,
    },
    /// The area between two lines: (x, lower, upper).
    Band {
        /// Its points.
        points: Vec<(f64, f64, f64)>,
        /// Its colour.
        color: Color,
        /// 1 covers what is behind, 0 is invisible.
        opacity: f64,
    },
    /// Upright boxes.
    Bars {
        /// The boxes.
        bars: Vec<Bar>,
        /// Their colour.
        color: Color,
    },
    /// Translucent discs: (x, y, radius in points).
    Dots {
        /// Their centres and radii.
        dots: Vec<(f64, f64, f64)>,
        /// Their colour.
        color: Color,
    },
    /// A horizontal line through the whole panel, labelled at its right end.
    Level {
        /// Where.
        y: f64,
        /// A few words, or nothing.
        label: String,
        /// How it is drawn.
        style: LineStyle,
    },
    /// Coloured cells.
    Cells {
        /// The grid.
        grid: Grid,
    },
}

/// One upright box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Left and right edge.
    pub x: (f64, f64),
    /// Lower and upper edge.
    pub y: (f64, f64),
}

/// Values on a regular grid over the whole width of the panel, as colours.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Horizontal extent.
    pub x: (f64, f64),
    /// Vertical extent.
    pub y: (f64, f64),
    /// Columns and rows.
    pub size: (usize, usize),
    /// The colour of each cell, row by row from the lowest.
    pub colors: Vec<Color>,
}

impl Panel {
    /// A panel without layers.
    #[must_use]
    pub fn new(title: impl Into<String>, height: f64, y: YAxis) -> Self {
        let if_empty = "no data".to_owned();
        Self {
            title: title.into(),
            height,
            y,
            layers: Vec::new(),
            if_empty,
        }
    }

    /// With these words when there is nothing to draw.
    #[must_use]
    pub fn or_say(mut self, words: &str) -> Self {
        words.clone_into(&mut self.if_empty);
        self
    }

    /// Adds a layer.
    pub fn add(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    /// Adds a line.
    pub fn line(&mut self, points: Vec<(f64, f64)>, style: LineStyle) {
        self.add(Layer::Line { points, style });
    }

    /// Whether no layer but fixed levels has anything to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let drawable = |l: &Layer| !matches!(l, Layer::Level { .. });
        let any = |l: &Layer| {
            let mut found = false;
            l.each_y(&mut |_| found = true);
            found
        };
        !self.layers.iter().any(|l| drawable(l) && any(l))
    }

    /// The range of the vertical axis: what is drawn and what is always shown, with some air.
    #[must_use]
    pub fn y_range(&self) -> (f64, f64) {
        let axis = &self.y;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut see = |value: f64| {
            if value.is_finite() {
                let value = value.clamp(axis.limits.0, axis.limits.1);
                low = low.min(value);
                high = high.max(value);
            }
        };
        for layer in &self.layers {
            layer.each_y(&mut see);
        }
        axis.include.iter().for_each(|&v| see(v));
        if axis.log {
            log_air(low, high, axis.limits.0)
        } else {
            self.linear_air(low, high)
        }
    }

    fn linear_air(&self, low: f64, high: f64) -> (f64, f64) {
        if low > high {
            return (0.0, 1.0);
        }
        if self.layers.iter().any(|l| matches!(l, Layer::Cells { .. })) {
            return (low, high);
        }
        // Below this the steps of an axis are lost in the last digits of its values.
        let least = low.abs().max(high.abs()) * 1e-9;
        let span = if high - low > least {
            high - low
        } else {
            (high.abs() * 0.1).max(1e-9)
        };
        let fixed = |edge: f64| self.y.include.contains(&edge) && high > low;
        let below = if fixed(low) { 0.0 } else { 0.05 };
        let above = if fixed(high) { 0.02 } else { 0.05 };
        (low - below * span, high + above * span)
    }
}

fn log_air(low: f64, high: f64, floor: f64) -> (f64, f64) {
    if low > high {
        return (floor, floor * 10.0);
    }
    let low = low.max(floor).max(f64::MIN_POSITIVE);
    let high = high.max(low);
    if high / low < 1.5 {
        (low / 2.0, high * 2.0)
    } else {
        (low / 1.15, high * 1.25)
    }
}

impl Layer {
    /// Every finite height that the layer draws at.
    fn each_y(&self, see: &mut dyn FnMut(f64)) {
        let mut pair = |x: f64, y: f64| {
            if x.is_finite() && y.is_finite() {
                see(y);
            }
        };
        match self {
            Self::Line { points, .. } => points.iter().for_each(|&(x, y)| pair(x, y)),
            Self::Band { points, .. } => points.iter().for_each(|&(x, low, high)| {
                pair(x, low);
                pair(x, high);
            }),
            Self::Bars { bars, .. } => bars.iter().filter(|b| b.y.0 != b.y.1).for_each(|b| {
                pair(b.x.0, b.y.0);
                pair(b.x.1, b.y.1);
            }),
            Self::Dots { dots, .. } => dots.iter().for_each(|&(x, y, _)| pair(x, y)),
            Self::Level { y, .. } => pair(0.0, *y),
            Self::Cells { grid } if !grid.colors.is_empty() => {
                pair(0.0, grid.y.0);
                pair(0.0, grid.y.1);
            }
            Self::Cells { .. } => {}
        }
    }
}

impl XAxis {
    /// First and last position.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        match self {
            Self::Time {
                range: (low, high), ..
            }
            | Self::Linear {
                range: (low, high), ..
            } if high > low => (*low, *high),
            Self::Time {
                range: (low, _), ..
            }
            | Self::Linear {
                range: (low, _), ..
            } => (*low, low + 1.0),
            Self::Log {
                range: (low, high), ..
            } => log_air(*low, *high, f64::MIN_POSITIVE),
            Self::Names { names, .. } => (-0.6, names.len().max(1) as f64 - 0.4),
        }
    }

    /// Whether positions are powers of ten.
    #[must_use]
    pub const fn is_log(&self) -> bool {
        matches!(self, Self::Log { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::BLUE;

    fn panel(y: YAxis, points: Vec<(f64, f64)>) -> Panel {
        let mut panel = Panel::new("", 100.0, y);
        panel.line(points, LineStyle::solid(BLUE, 1.0));
        panel
    }

    #[test]
    fn ranges_hold_the_data_and_ignore_gaps() {
        let p = panel(
            YAxis::linear(Unit::Price),
            vec![(0.0, 10.0), (1.0, f64::NAN), (2.0, 20.0)],
        );
        assert_eq!(p.y_range(), (9.5, 20.5));
        let p = panel(YAxis::linear(Unit::Usd).with(0.0), vec![(0.0, 10.0)]);
        assert_eq!(p.y_range().0, 0.0);
        assert!(p.y_range().1 > 10.0);
    }

    #[test]
    fn nothing_and_one_value_have_a_range_too() {
        let empty = panel(YAxis::linear(Unit::Price), vec![(0.0, f64::NAN)]);
        assert!(empty.is_empty());
        assert_eq!(empty.y_range(), (0.0, 1.0));
        for value in [0.0, 7.0, -7.0, 1e12] {
            let (low, high) = panel(YAxis::linear(Unit::Price), vec![(0.0, value)]).y_range();
            assert!(low < value && value < high, "{value}: {low} {high}");
        }
        let (low, high) = panel(YAxis::log(Unit::Bps, 0.1), vec![(0.0, 0.0)]).y_range();
        assert!(low < 0.1 && high > 0.1);
    }

    #[test]
    fn limits_hold_outliers_back() {
        let mut axis = YAxis::linear(Unit::Number);
        axis.limits = (0.0, 10.0);
        let p = panel(axis, vec![(0.0, 1.0), (1.0, 1e9)]);
        assert!(p.y_range().1 < 11.0);
    }
}

//! The house style: sizes, colours, and nothing about any one chart.
//!
//! Colours are Okabe and Ito's (2008), which people with any common colour blindness can tell
//! apart; their yellow is left out because it vanishes on white.

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

/// Text and strong lines.
pub(crate) const INK: Color = Color(0x22, 0x22, 0x22);
/// Subtitles and remarks.
pub(crate) const SOFT_INK: Color = Color(0x55, 0x55, 0x55);
/// Axes.
pub(crate) const AXIS: Color = Color(0x88, 0x88, 0x88);
/// Grid lines.
pub(crate) const GRID: Color = Color(0xe4, 0xe4, 0xe4);
/// The ground of spans that are told apart, below the grid.
pub(crate) const SHADE: Color = Color(0xf3, 0xe3, 0xc3);
/// The ground.
pub(crate) const PAPER: Color = Color(0xff, 0xff, 0xff);
/// What is not worth a colour of its own.
pub(crate) const REST: Color = Color(0xb0, 0xb0, 0xb0);

/// Okabe and Ito's blue.
pub(crate) const BLUE: Color = Color(0x00, 0x72, 0xb2);
/// Okabe and Ito's vermilion.
pub(crate) const VERMILION: Color = Color(0xd5, 0x5e, 0x00);
/// Okabe and Ito's bluish green.
pub(crate) const GREEN: Color = Color(0x00, 0x9e, 0x73);
/// Okabe and Ito's orange.
pub(crate) const ORANGE: Color = Color(0xe6, 0x9f, 0x00);
/// Okabe and Ito's sky blue.
pub(crate) const SKY: Color = Color(0x56, 0xb4, 0xe9);
/// Okabe and Ito's reddish purple.
pub(crate) const PURPLE: Color = Color(0xcc, 0x79, 0xa7);

/// Longs, and what happens to them.
pub(crate) const LONG: Color = VERMILION;
/// Shorts, and what happens to them.
pub(crate) const SHORT: Color = BLUE;

/// Colours for things that are all of one kind, in order of importance.
pub(crate) const SERIES: [Color; 7] = [
    BLUE,
    VERMILION,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    Color(0x00, 0x00, 0x00),
];

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineStyle {
    /// Its colour.
    pub color: Color,
    /// Its width in points of the figure.
    pub width: f64,
    /// Lengths of dash and gap in points; `None` is a solid line.
    pub dash: Option<(f64, f64)>,
}

impl LineStyle {
    /// A solid line.
    #[must_use]
    pub const fn solid(color: Color, width: f64) -> Self {
        Self {
            color,
            width,
            dash: None,
        }
    }

    /// A dashed line.
    #[must_use]
    pub const fn dashed(color: Color, width: f64) -> Self {
        Self {
            color,
            width,
            dash: Some((6.0, 4.0)),
        }
    }

    /// The line of the `place`-th series; colours come again dashed, then all is grey.
    #[must_use]
    pub const fn series(place: usize) -> Self {
        let color = SERIES[place % SERIES.len()];
        match place / SERIES.len() {
            0 => Self::solid(color, 1.6),
            1 => Self::dashed(color, 1.6),
            _ => Self::solid(REST, 1.0),
        }
    }
}

/// Width of a figure in points.
pub(crate) const WIDTH: f64 = 1000.0;
/// Pixels for a point, in bitmaps and in the fine grid of SVG coordinates.
pub(crate) const PIXELS: f64 = 2.0;

/// Font sizes in points.
pub(crate) const TITLE_SIZE: f64 = 21.0;
pub(crate) const SUBTITLE_SIZE: f64 = 14.5;
pub(crate) const PANEL_TITLE_SIZE: f64 = 14.5;
pub(crate) const LABEL_SIZE: f64 = 14.0;
pub(crate) const TICK_SIZE: f64 = 13.5;

/// Distances in points.
pub(crate) const MARGIN: f64 = 18.0;
/// Room right of the plot, so that the last tick's label is whole.
pub(crate) const RIGHT_MARGIN: f64 = 34.0;
/// Room below the lowest panel for tick labels and the axis title.
pub(crate) const X_LABELS: f64 = 50.0;
/// Room above each panel for its title.
pub(crate) const PANEL_TITLE: f64 = 26.0;
/// Height of a row of the legend, of a subtitle's line, of the strip of news labels.
pub(crate) const ROW: f64 = 21.0;

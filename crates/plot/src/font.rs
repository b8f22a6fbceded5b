//! The fonts inside the program: pictures look the same on a machine without fonts.

use std::sync::OnceLock;

use plotters::style::{FontStyle, register_font};

use crate::PlotError;

/// The family that bitmaps draw with and that SVG files ask the viewer for.
pub(crate) const FAMILY: &str = "DejaVu Sans, sans-serif";

static REGULAR: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");
static BOLD: &[u8] = include_bytes!("../assets/DejaVuSans-Bold-subset.ttf");

/// Makes the fonts known to the drawing library. Without it a text would fail after the picture's
/// file was created, which leaves a white image behind.
pub(crate) fn register() -> Result<(), PlotError> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let fonts = [(FontStyle::Normal, REGULAR), (FontStyle::Bold, BOLD)];
    let done = DONE.get_or_init(|| {
        fonts
            .into_iter()
            .all(|(style, bytes)| register_font(FAMILY, style, bytes).is_ok())
    });
    if *done {
        Ok(())
    } else {
        Err(PlotError::Draw("the built-in font is damaged".to_owned()))
    }
}

//! Numbers and moments as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What the numbers of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Money: `1.2B`, `500M`.
    Usd,
    /// Prices: `116,500`.
    Price,
    /// Plain numbers.
    Number,
    /// Numbers of things.
    Count,
    /// Fractions, shown as percent.
    Percent,
    /// Hundredths of a percent.
    Bps,
}

impl Unit {
    /// The label of a tick on an axis whose ticks are `step` apart and whose largest is `max`.
    #[must_use]
    pub fn tick(self, value: f64, step: f64, max: f64) -> String {
        match self {
            Self::Usd => scaled(value, step, max),
            Self::Percent => format!("{}%", grouped(value * 100.0, decimals(step * 100.0))),
            Self::Count if max >= 1e6 => scaled(value, step, max),
            Self::Price | Self::Number | Self::Bps | Self::Count => grouped(value, decimals(step)),
        }
    }

    /// The label of a tick on a logarithmic axis, where each stands for itself.
    #[must_use]
    pub fn log_tick(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{}%", short(value * 100.0)),
            _ => short(value),
        }
    }
}

/// Letters for powers of a thousand.
const SCALES: [(f64, &str); 5] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"), (1.0, "")];

fn scale_of(value: f64) -> (f64, &'static str) {
    let found = SCALES
        .into_iter()
        .find(|&(size, _)| value.abs() >= size * 0.99999);
    found.unwrap_or((1.0, ""))
}

fn scaled(value: f64, step: f64, max: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let (size, letter) = scale_of(max);
    format!("{}{letter}", grouped(value / size, decimals(step / size)))
}

/// Decimals that tell multiples of a step apart: 0 for 5, 1 for 0.5, 2 for 0.25.
fn decimals(step: f64) -> usize {
    let mut digits = 0;
    let mut step = step.abs();
    while digits < 12 && step > 0.0 && (step - step.round()).abs() > 1e-6 * step.max(1e-9) {
        step *= 10.0;
        digits += 1;
    }
    digits
}

/// A number with thousands separators and so many decimals; never `-0`.
#[must_use]
pub(crate) fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|b| b.is_ascii_digit() && b != b'0') {
        out.push('−');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A number in about three digits: `1.23B`, `45.6k`, `0.012`.
#[must_use]
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let (size, letter) = scale_of(value);
    let mantissa = value / size;
    let wanted = match mantissa.abs() {
        m if m >= 99.95 || m == 0.0 => 0,
        m if m >= 9.995 => 1,
        m if m >= 0.9995 => 2,
        m if m >= 0.1 => 3,
        m if m >= 0.01 => 4,
        _ => 6,
    };
    let text = grouped(mantissa, wanted);
    let trimmed = match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.'),
        None => &text,
    };
    format!("{trimmed}{letter}")
}

/// A price in five digits: `1,500`, `0.8781`, `0.000098765`.
#[must_use]
pub(crate) fn price(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let before_point = libm::floor(libm::log10(value.abs().max(1e-12)));
    let text = grouped(value, (4.0 - before_point).clamp(0.0, 16.0) as usize);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// Money in about three digits: `$1.23B`, `−$5M`.
#[must_use]
pub(crate) fn usd(value: f64) -> String {
    let text = short(value.abs());
    let sign = if value < 0.0 && text != "0" {
        "−"
    } else {
        ""
    };
    if value.is_finite() {
        format!("{sign}${text}")
    } else {
        text
    }
}

/// A fraction as percent with one decimal.
#[must_use]
pub(crate) fn percent(fraction: f64) -> String {
    if fraction.is_finite() {
        format!("{}%", grouped(fraction * 100.0, 1))
    } else {
        "–".to_owned()
    }
}

/// Turns seconds since the start into clock times: UTC if the run has a date, else elapsed time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    start: Option<Timestamp>,
}

impl Clock {
    /// From the RFC 3339 start of a run; elapsed time if there is none or it is no time.
    #[must_use]
    pub fn new(start: Option<&str>) -> Self {
        Self {
            start: start.and_then(|text| text.parse().ok()),
        }
    }

    /// Seconds from the Unix epoch to the start; 0 for elapsed time.
    #[must_use]
    pub fn start_s(&self) -> f64 {
        self.start
            .map_or(0.0, |start| start.as_nanosecond() as f64 / 1e9)
    }

    /// Whether times have a date.
    #[must_use]
    pub const fn is_dated(&self) -> bool {
        self.start.is_some()
    }

    /// A moment with the precision of ticks `step_s` apart; with the day if asked for.
    #[must_use]
    pub fn label(&self, seconds: f64, step_s: f64, with_day: bool) -> String {
        let format = match (with_day, step_s) {
            (true, s) if s >= 86_400.0 => "%-d %b",
            (true, _) => "%-d %b %H:%M",
            (false, s) if s < 60.0 => "%H:%M:%S",
            (false, _) => "%H:%M",
        };
        self.strftime(seconds, format)
            .unwrap_or_else(|| elapsed(seconds, step_s))
    }

    /// What the times of an axis that begins at `seconds` are.
    #[must_use]
    pub fn title(&self, seconds: f64) -> String {
        self.strftime(seconds, "UTC, %-d %B %Y")
            .unwrap_or_else(|| "hours:minutes since the start".to_owned())
    }

    fn strftime(&self, seconds: f64, format: &str) -> Option<String> {
        let nanos = self
            .start?
            .as_nanosecond()
            .checked_add((seconds * 1e9).round() as i128)?;
        let moment = Timestamp::from_nanosecond(nanos).ok()?;
        Some(moment.to_zoned(TimeZone::UTC).strftime(format).to_string())
    }
}

fn elapsed(seconds: f64, step_s: f64) -> String {
    let total = seconds.round() as i64;
    let sign = if total < 0 { "−" } else { "" };
    let total = total.unsigned_abs();
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60);
    if step_s < 60.0 {
        format!("{sign}{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{sign}{hours}:{minutes:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_three() {
        assert_eq!(grouped(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(grouped(-999.5, 0), "−1,000");
        assert_eq!(grouped(-0.4, 0), "0");
        assert_eq!(grouped(f64::NAN, 1), "–");
    }

    #[test]
    fn money_is_short() {
        let shown = [0.0, 5.0, 1234.0, 19.13e9, -2.5e6, 999_999.0, 1e15, 0.25].map(usd);
        assert_eq!(
            shown,
            [
                "$0", "$5", "$1.23k", "$19.1B", "−$2.5M", "$1M", "$1,000T", "$0.25"
            ]
        );
    }

    #[test]
    fn prices_keep_five_digits() {
        let values = [
            1500.0,
            123_456.7,
            0.878_12,
            9.876_54e-5,
            0.0,
            -2.5,
            f64::NAN,
        ];
        let shown = values.map(price);
        let expected = [
            "1,500",
            "123,457",
            "0.87812",
            "0.000098765",
            "0",
            "−2.5",
            "–",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn ticks_of_one_axis_agree() {
        let usd = |v| Unit::Usd.tick(v, 0.5e9, 1.5e9);
        assert_eq!([usd(0.0), usd(0.5e9), usd(-1.5e9)], ["0", "0.5B", "−1.5B"]);
        assert_eq!(Unit::Usd.tick(250e6, 250e6, 750e6), "250M");
        assert_eq!(Unit::Price.tick(116_500.0, 500.0, 2e5), "116,500");
        assert_eq!(Unit::Price.tick(0.25, 0.05, 0.3), "0.25");
        assert_eq!(Unit::Percent.tick(0.0125, 0.0025, 0.02), "1.25%");
        assert_eq!(Unit::Bps.log_tick(2000.0), "2k");
        assert_eq!(Unit::Bps.log_tick(0.5), "0.5");
    }

    #[test]
    fn clock_times() {
        let clock = Clock::new(Some("2025-10-10T20:00:00Z"));
        assert_eq!(clock.label(3000.0, 600.0, false), "20:50");
        assert_eq!(clock.label(3001.0, 1.0, false), "20:50:01");
        assert_eq!(clock.label(5.0 * 3600.0, 3600.0, true), "11 Oct 01:00");
        assert_eq!(clock.title(0.0), "UTC, 10 October 2025");
        let bare = Clock::new(Some("yesterday"));
        assert_eq!(bare.label(3725.0, 60.0, false), "1:02");
        assert_eq!(bare.label(-90.0, 1.0, false), "−0:01:30");
    }
}

//! A line as words: quantities, prices, money, rates and times.

use firesale_types::{Price, Qty, Rate, SimDuration, Usd};

/// What was read, or what is wrong with the line.
pub(super) type Parsed<T> = Result<T, String>;

/// The words of a line. Commas, semicolons and colons at the end of a word only please the eye.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    all: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        let bare = |word: &'a str| word.trim_end_matches([',', ';', ':']);
        Self {
            all: line.split_whitespace().map(bare).collect(),
            at: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.all.get(self.at).copied()
    }

    pub(super) fn is_over(&self) -> bool {
        self.at == self.all.len()
    }

    pub(super) fn word(&mut self, what: &str) -> Parsed<&'a str> {
        let word = self.peek().ok_or(format!("{what} is missing at the end"))?;
        self.at += 1;
        Ok(word)
    }

    /// Goes past a word if it is the next.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, word: &str) -> Parsed<()> {
        let next = self.peek().unwrap_or("the end");
        if self.eat(word) {
            Ok(())
        } else {
            Err(format!("`{word}` expected, `{next}` found"))
        }
    }

    pub(super) fn end(&self) -> Parsed<()> {
        self.peek()
            .map_or(Ok(()), |word| Err(format!("`{word}` is not understood")))
    }

    fn read<T>(&mut self, what: &str, by: impl FnOnce(&str) -> Option<T>) -> Parsed<T> {
        let word = self.word(what)?;
        by(word).ok_or(format!("`{word}` is not {what}"))
    }

    pub(super) fn int(&mut self) -> Parsed<i64> {
        self.read("a whole number", |word| word.parse().ok())
    }

    pub(super) fn count<T: TryFrom<i64>>(&mut self) -> Parsed<T> {
        self.read("a count", |word| T::try_from(word.parse().ok()?).ok())
    }

    pub(super) fn qty(&mut self) -> Parsed<Qty> {
        self.int().map(Qty)
    }

    pub(super) fn price(&mut self) -> Parsed<Price> {
        self.int().map(Price)
    }

    pub(super) fn usd(&mut self) -> Parsed<Usd> {
        self.read("an amount", |word| decimal(word, 6).map(Usd))
    }

    /// `5%`, `10x`, `2/3` (to the nearest billionth) or `0.5`.
    pub(super) fn rate(&mut self) -> Parsed<Rate> {
        self.read("a rate", rate)
    }

    /// `300ms`, `5s`, `2m` or `8h`.
    pub(super) fn duration(&mut self) -> Parsed<SimDuration> {
        self.read("a time", duration)
    }
}

/// A decimal number in units of 10^-`digits`, exactly.
fn decimal(word: &str, digits: usize) -> Option<i64> {
    let (negative, word) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let (whole, part) = word.split_once('.').unwrap_or((word, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > digits || !plain(whole) || !plain(part) {
        return None;
    }
    let value: i64 = format!("{whole}{part:0<digits$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

fn rate(word: &str) -> Option<Rate> {
    if let Some(percent) = word.strip_suffix('%') {
        return decimal(percent, 7).map(Rate);
    }
    if let Some((above, below)) = word.split_once('/') {
        let (above, below): (i64, i64) = (above.parse().ok()?, below.parse().ok()?);
        let rounded = (2 * above * Rate::ONE.0 + below).checked_div(2 * below)?;
        return Some(Rate(rounded));
    }
    decimal(word.strip_suffix('x').unwrap_or(word), 9).map(Rate)
}

pub(super) fn duration(word: &str) -> Option<SimDuration> {
    let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    let (number, millis) = units
        .iter()
        .find_map(|(unit, millis)| Some((word.strip_suffix(unit)?, millis)))?;
    let thousandths = decimal(number, 3)?.checked_mul(*millis)?;
    (thousandths % 1000 == 0 && thousandths >= 0).then(|| SimDuration::millis(thousandths / 1000))
}

/// A number of 10^-`digits` units, without needless zeros.
pub(super) fn shown(value: i64, digits: usize) -> String {
    let scale = 10_u64.pow(digits as u32);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let all = format!("{sign}{whole}.{part:0digits$}");
    all.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn money(amount: Usd) -> String {
    shown(amount.0, 6)
}

pub(super) fn percent(rate: Rate) -> String {
    shown(rate.0, 7) + "%"
}

pub(super) fn times(rate: Rate) -> String {
    shown(rate.0, 9) + "x"
}

/// Seconds, to the millisecond.
pub(super) fn seconds(nanos: i64) -> String {
    shown(nanos / 1_000_000, 3) + "s"
}

#[test]
fn numbers_are_read_exactly() {
    assert_eq!(decimal("-0.07", 2), Some(-7));
    assert_eq!((decimal("0.071", 2), decimal("1e3", 2)), (None, None));
    assert_eq!(rate("2/3"), Some(Rate(666_666_667)));
    assert_eq!(
        (rate("0.01%"), rate("1.5x")),
        (Some(Rate::bps(1)), Some(Rate::bps(15_000)))
    );
    assert_eq!(duration("0.5s"), Some(SimDuration::millis(500)));
    assert_eq!(shown(-1_500_000, 6), "-1.5");
}

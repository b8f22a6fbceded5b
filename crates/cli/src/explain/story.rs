//! One paragraph for each link of a chain.

use std::fmt::Write;

use firesale_record::{BreachRow, Factor, HaltRow, Manifest, Names, PositionSide, Reason, StopRow};
use firesale_types::{InstrumentId, Side, VenueId};

use super::family::{Closed, Family};
use super::words::{by, clock, link, parts, percent, price, quantity, stage, usd};

/// Adds a line; writing to a string cannot fail.
macro_rules! say {
    ($story:expr, $($words:tt)*) => {{
        let _ = writeln!($story.text, $($words)*);
    }};
}

/// A chain as it is told.
pub(super) struct Story<'a> {
    family: &'a Family,
    names: &'a Names,
    pub(super) text: String,
}

impl<'a> Story<'a> {
    pub(super) const fn new(family: &'a Family, names: &'a Names) -> Self {
        Self {
            family,
            names,
            text: String::new(),
        }
    }

    fn venue(&self, venue: VenueId) -> &'a str {
        self.names.venue(venue).unwrap_or("?")
    }

    fn symbol(&self, venue: VenueId, instrument: InstrumentId) -> &'a str {
        self.names.instrument(venue, instrument).unwrap_or("?")
    }

    /// Tells a link and what led to it; returns its parent, unless the chain ends here.
    pub(super) fn link(&mut self, id: i64) -> Option<i64> {
        if let Some(row) = self.family.breaches.get(&id) {
            self.liquidation(row);
        } else if let Some(rows) = self.family.stops.get(&id) {
            self.stops(id, rows);
        } else if let Some(row) = self.family.halts.get(&id) {
            self.halt(row);
        }
        let (at, cause, parent) = self.family.parent(id)?;
        let parent = parent.filter(|parent| self.family.has(*parent))?;
        self.because(id, (at, cause, parent));
        Some(parent)
    }

    fn liquidation(&mut self, row: &BreachRow) {
        let (equity, notional) = (row.equity.to_f64(), row.notional.to_f64());
        let leverage = if equity > 0.0 {
            format!(" ({:.1}x)", notional / equity)
        } else {
            String::new()
        };
        let unit = if row.isolated {
            "an isolated position"
        } else {
            "positions"
        };
        say!(
            self,
            "liquidation {} at {}: {} on {} held {unit} worth {} with {} of equity{leverage}, below its maintenance margin of {}",
            row.id,
            clock(row.time_ns),
            self.names.account(row.venue, row.account),
            self.venue(row.venue),
            usd(notional),
            usd(equity),
            usd(row.maintenance.to_f64()),
        );
        self.loss(row);
        if let Some(rows) = self.family.causes.get(&row.id) {
            say!(self, "  the loss was brought about {}", parts(rows));
        }
        if row.forced_share > 0.0 {
            let abroad = if row.abroad_share > 0.0 {
                format!(", {} on other venues", percent(row.abroad_share))
            } else {
                String::new()
            };
            say!(
                self,
                "  in all {} of it was brought about by force{abroad}",
                percent(row.forced_share)
            );
        }
        for closed in self.family.closed.get(&row.id).into_iter().flatten() {
            self.closed(row, closed);
        }
        self.place(row);
    }

    /// What brought the loss.
    fn loss(&mut self, row: &BreachRow) {
        let moved = |what: &str| {
            let way = if row.price < row.price_before {
                "fell"
            } else {
                "rose"
            };
            format!(
                "{what} {way} from {} to {}",
                price(row.price_before),
                price(row.price)
            )
        };
        let share = percent(row.via_share);
        let words = match row.factor {
            Factor::Mark if row.price == row.price_before => {
                format!(
                    "no mark moved against it on balance; {} is its largest position",
                    row.via
                )
            }
            Factor::Mark => {
                format!(
                    "{} ({share} of the loss)",
                    moved(&format!("the mark of {}", row.via))
                )
            }
            Factor::Collateral => {
                let source = match &*row.index_source {
                    "own_book" => ", marked on this venue's own book alone",
                    "redemption" => ", marked at its redemption value",
                    _ => "",
                };
                let coin = moved(&format!("{}, its collateral{source},", row.via));
                format!("{coin} ({share} of the loss)")
            }
            Factor::Funding => format!("it paid funding on {} ({share} of the loss)", row.via),
            Factor::Charge => {
                format!("it was charged a part of others' losses ({share} of its loss)")
            }
        };
        say!(self, "  {words}");
    }

    fn closed(&mut self, row: &BreachRow, closed: &Closed) {
        let symbol = self.symbol(row.venue, closed.instrument);
        let side = match closed.side {
            PositionSide::Long => "long",
            PositionSide::Short => "short",
        };
        let stages: Vec<&str> = closed.stages.iter().map(|one| stage(*one)).collect();
        let prices = if closed.parts == 1 {
            format!("at {}", price(closed.first_price))
        } else {
            let (first, last) = (price(closed.first_price), price(closed.last_price));
            format!(
                "in {} parts, the first at {first}, the last at {last}",
                closed.parts
            )
        };
        say!(
            self,
            "  {} of {symbol} ({side}) was closed {} {prices} (bankruptcy price {})",
            usd(closed.notional),
            stages.join(" and "),
            price(closed.bankruptcy_price),
        );
        if closed.crossed {
            say!(
                self,
                "  {symbol} was closed though the loss came from {}: cross margin carried it over",
                row.via
            );
        }
        let book = (row.venue, closed.instrument);
        for halt in self.family.halts_during(book, row.time_ns, closed.until) {
            let until = halt.end_ns.map_or("the end".to_owned(), clock);
            say!(
                self,
                "  the book of {symbol} was halted meanwhile, from {} to {until}, by {} (halt {})",
                clock(halt.time_ns),
                halt.brake,
                halt.id
            );
        }
    }

    fn place(&mut self, row: &BreachRow) {
        if row.root_id != row.id {
            let links = if row.generation == 1 { "link" } else { "links" };
            say!(
                self,
                "  its chain began with liquidation {}{}, {} {links} back",
                row.root_id,
                self.on_another_venue(row.venue, row.root_id),
                row.generation
            );
        }
    }

    fn on_another_venue(&self, venue: VenueId, id: i64) -> String {
        let other = VenueId((id >> 32) as u16);
        if other == venue {
            String::new()
        } else {
            format!(" on {}", self.venue(other))
        }
    }

    fn stops(&mut self, id: i64, rows: &[StopRow]) {
        let Some(first) = rows.first() else { return };
        let sells = rows.iter().filter(|row| row.side == Side::Sell);
        let (mut sold, mut bought) = (0.0, 0.0);
        for row in rows {
            *(if row.side == Side::Sell {
                &mut sold
            } else {
                &mut bought
            }) += row.qty;
        }
        let symbol = self.symbol(first.venue, first.instrument);
        let what = match (sells.count(), rows.len()) {
            (sells, all) if sells == all => format!("to sell {}", quantity(sold)),
            (0, _) => format!("to buy {}", quantity(bought)),
            _ => format!("to sell {} and to buy {}", quantity(sold), quantity(bought)),
        };
        let orders = if rows.len() == 1 { "order" } else { "orders" };
        say!(
            self,
            "stops {id} at {}: {} triggered {orders} {what} of {symbol} on {}, the first of {}",
            clock(first.time_ns),
            rows.len(),
            self.venue(first.venue),
            self.names.account(first.venue, first.account),
        );
        if let Some(rows) = self.family.causes.get(&id) {
            say!(
                self,
                "  the price was brought to the triggers {}",
                parts(rows)
            );
        }
    }

    fn halt(&mut self, row: &HaltRow) {
        let until = row.end_ns.map_or("the end".to_owned(), clock);
        say!(
            self,
            "halt {} at {}: {} on {} was halted by {} until {until}",
            row.id,
            clock(row.time_ns),
            self.symbol(row.venue, row.instrument),
            self.venue(row.venue),
            row.brake,
        );
        if row.gap_frac.is_finite() {
            say!(
                self,
                "  it reopened {:+.1}% from the last price before",
                100.0 * row.gap_frac
            );
        }
        if let Some(rows) = self.family.causes.get(&row.id) {
            say!(self, "  the halt was brought about {}", parts(rows));
        }
    }

    /// How a link was brought about by its parent.
    fn because(&mut self, id: i64, (at, cause, parent): (i64, Reason, i64)) {
        let venue = VenueId((id >> 32) as u16);
        let abroad = self.on_another_venue(venue, parent);
        let is_halt = self.family.halts.contains_key(&id);
        let words = match cause {
            Reason::Adl => {
                let lost = self.lost_hedge(id, parent, at);
                format!(
                    "because its hedge was taken by auto-deleveraging{abroad} for the bankruptcy of liquidation {parent}{lost}:"
                )
            }
            Reason::Halt if is_halt => format!("because the book{abroad} was halted:"),
            _ if abroad.is_empty() => format!("because of {}:", link(cause, parent)),
            _ => format!(
                "because of {}{abroad}, by the prices that venues take from each other:",
                link(cause, parent)
            ),
        };
        say!(self, "{words}");
    }

    /// What the account of a liquidation had lost to deleveraging for another, if it was there.
    fn lost_hedge(&self, id: i64, covered: i64, before: i64) -> String {
        let (Some(row), Some(fills)) =
            (self.family.breaches.get(&id), self.family.adl.get(&covered))
        else {
            return String::new();
        };
        let mine = fills.iter().filter(|fill| {
            fill.venue == row.venue && fill.counterparty == row.account && fill.time_ns <= before
        });
        let mut lost = mine.map(|fill| {
            let symbol = self.symbol(fill.venue, fill.instrument);
            format!(
                "{} of {symbol} at {}",
                quantity(fill.qty),
                price(fill.price)
            )
        });
        lost.next().map_or(String::new(), |first| {
            let more = lost.count();
            let and = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!(" ({first}{and})")
        })
    }

    /// A chain ends at news or at a signal, never in a blank.
    pub(super) fn end(&mut self, id: i64, manifest: &Manifest) {
        let Some((at, cause, _)) = self.family.parent(id) else {
            return;
        };
        let before = manifest.news.iter().filter(|news| news.time_ns <= at);
        match before.max_by_key(|news| news.time_ns) {
            Some(news) => say!(
                self,
                "the chain begins with {}, {} after the news: {}",
                by(cause),
                clock(at - news.time_ns),
                news.label
            ),
            None => say!(self, "the chain begins with {}, before any news", by(cause)),
        }
    }
}

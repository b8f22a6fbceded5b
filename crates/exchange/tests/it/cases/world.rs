//! The commands of a case, and the state that it asks for.

use firesale_exchange::{
    AccountSpec, Exchange, ExchangeEvent, Leg, MarginMode, PositionKey, PositionMode,
};
use firesale_matching::{OrderRequest, Pricing, TimeInForce, Trigger, TriggerSource, TriggerWhen};
use firesale_types::{
    AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Side, SimDuration, SimTime, Usd,
};

use super::render::Names;
use super::venue::Draft;
use super::words::{Parsed, Words, duration, seconds};
use crate::lab::{Lab, USD};

pub(super) const SLOTS: u16 = 16;

/// A venue that runs, and its names.
pub(super) struct World {
    pub(super) lab: Lab,
    pub(super) names: Names,
    /// What has been said and not been taken.
    said: Vec<String>,
    /// The moment of what was said last.
    told_at: SimTime,
}

impl World {
    pub(super) fn new(draft: Draft) -> Parsed<Self> {
        Exchange::new(draft.config.clone()).map_err(|error| error.to_string())?;
        Ok(Self {
            lab: Lab::new(draft.config),
            names: draft.names,
            said: Vec::new(),
            told_at: SimTime::ZERO,
        })
    }

    /// What the venue has said since the last call.
    pub(super) fn take_said(&mut self) -> Vec<String> {
        self.listen();
        self.told_at = self.lab.now;
        std::mem::take(&mut self.said)
    }

    /// Puts what the venue said at this moment into words. Each moment but that of the line before
    /// begins with its time.
    fn listen(&mut self) {
        let (reports, records) = (&self.lab.reports, &self.lab.records);
        for line in self.names.moment(reports, records) {
            if self.told_at == self.lab.now {
                self.said.push(line);
            } else {
                let at = seconds(self.lab.now.0);
                self.said.push(format!("{at} {line}"));
                self.told_at = self.lab.now;
            }
        }
        self.lab.reports.clear();
        self.lab.records.clear();
    }

    /// Lets time pass: to the millisecond for an hour, else by seconds.
    fn wait(&mut self, time: SimDuration) {
        let millis = time.0 / 1_000_000;
        let step = if millis > 3_600_000 { 1000 } else { 1 };
        self.lab.advance(0);
        self.listen();
        let mut left = millis;
        while left > 0 {
            let step = step.min(left);
            self.lab.advance(step);
            self.listen();
            left -= step;
        }
    }

    /// An event, and what follows from it at the same moment.
    fn apply(&mut self, event: ExchangeEvent) {
        self.lab.apply(event);
        self.lab.advance(0);
    }

    pub(super) fn instrument(&self, words: &mut Words) -> Parsed<InstrumentId> {
        let name = words.word("an instrument")?;
        let found = self.names.find_instrument(name);
        found.ok_or(format!("`{name}` is no instrument of the venue"))
    }

    pub(super) fn asset(&self, words: &mut Words) -> Parsed<AssetId> {
        match words.peek() {
            None => Ok(USD),
            Some(name) => {
                words.word("an asset")?;
                let found = self.names.find_asset(name);
                found.ok_or(format!("`{name}` is no asset of the venue"))
            }
        }
    }

    /// One command; a time before it is when it comes.
    pub(super) fn command(&mut self, words: &mut Words) -> Parsed<()> {
        if let Some(at) = words.peek().and_then(duration) {
            words.word("a time")?;
            let (at, now) = (SimTime::ZERO + at, self.lab.now);
            if at < now {
                return Err(format!("it is {} already", seconds(now.0)));
            }
            self.wait(at.since(now));
        }
        let verb = words.word("a command")?;
        match verb {
            "accounts" => self.accounts(words)?,
            "wait" => {
                let time = words.duration()?;
                self.wait(time);
            }
            "mark" => {
                let (instrument, price) = (self.instrument(words)?, words.price()?);
                self.apply(ExchangeEvent::SetMark { instrument, price });
            }
            "index" => {
                let name = words.word("an asset")?;
                let asset = self
                    .names
                    .find_asset(name)
                    .ok_or(format!("no asset `{name}`"))?;
                let price = words.usd()?;
                self.apply(ExchangeEvent::IndexPrice { asset, price });
            }
            "elsewhere" => {
                let instrument = self.instrument(words)?;
                let price = if words.eat("none") {
                    None
                } else {
                    Some(words.price()?)
                };
                self.apply(ExchangeEvent::OtherMid { instrument, price });
            }
            "halt" => {
                let instrument = self.instrument(words)?;
                self.apply(ExchangeEvent::Halt { instrument });
            }
            "reopen" => {
                let instrument = self.instrument(words)?;
                self.apply(ExchangeEvent::Reopen { instrument });
            }
            "settle" => {
                let instrument = self.instrument(words)?;
                self.apply(ExchangeEvent::Settle { instrument });
            }
            name => {
                let account = self.names.find_account(name);
                let account =
                    account.ok_or(format!("neither a command nor an account: `{name}`"))?;
                self.act(account, words)?;
            }
        }
        words.end()
    }

    /// `alice 1000, bob 500 isolated, carol 0 portfolio, dora 900 hedge, crowd 5000 weight 10`.
    fn accounts(&mut self, words: &mut Words) -> Parsed<()> {
        while !words.is_over() {
            let name = words.word("a name")?.to_owned();
            if self.names.find_account(&name).is_some() {
                return Err(format!("there is an account `{name}`"));
            }
            let money = words.usd()?;
            let margin_mode = if words.eat("isolated") {
                MarginMode::Isolated
            } else if words.eat("portfolio") {
                MarginMode::Portfolio
            } else {
                MarginMode::Cross
            };
            let position_mode = if words.eat("hedge") {
                PositionMode::Hedge
            } else {
                PositionMode::OneWay
            };
            let weight = if words.eat("weight") {
                words.count()?
            } else {
                1
            };
            let account = self.lab.exchange.open_account(AccountSpec {
                weight,
                margin_mode,
                position_mode,
                max_slots: SLOTS,
            });
            if money != Usd::ZERO {
                let credited = self.lab.exchange.credit(account, USD, money);
                credited.map_err(|error| error.to_string())?;
            }
            self.names.accounts.push((name, account));
        }
        Ok(())
    }

    /// What an account does.
    fn act(&mut self, account: AccountId, words: &mut Words) -> Parsed<()> {
        match words.word("a verb")? {
            "holds" => return self.holds(account, words),
            "buys" => return self.order(account, Side::Buy, words),
            "sells" => return self.order(account, Side::Sell, words),
            "cancels" => return self.cancels(account, words),
            "replaces" => return self.replaces(account, words),
            "deposits" => {
                let (amount, asset) = (words.usd()?, self.asset(words)?);
                self.apply(ExchangeEvent::Deposit {
                    account,
                    asset,
                    amount,
                });
            }
            "withdraws" => {
                let (amount, asset) = (words.usd()?, self.asset(words)?);
                self.apply(ExchangeEvent::Withdraw {
                    account,
                    asset,
                    amount,
                });
            }
            "adds" => {
                let amount = words.usd()?;
                words.expect("to")?;
                let PositionKey { instrument, leg } = self.position(words)?;
                self.apply(ExchangeEvent::AddMargin {
                    account,
                    instrument,
                    leg,
                    amount,
                });
            }
            "sets" => return self.sets(account, words),
            "invests" => {
                let amount = words.usd()?;
                self.apply(ExchangeEvent::VaultDeposit { account, amount });
            }
            "redeems" => {
                let shares = words.usd()?.0;
                self.apply(ExchangeEvent::VaultWithdraw { account, shares });
            }
            other => return Err(format!("no account can `{other}`")),
        }
        Ok(())
    }

    /// `leverage 5x BTC`, `hedge`, `one-way`, `cross`, `isolated`, `portfolio`.
    fn sets(&mut self, account: AccountId, words: &mut Words) -> Parsed<()> {
        let positions = |mode| ExchangeEvent::SetPositionMode { account, mode };
        let margin = |mode| ExchangeEvent::SetMarginMode { account, mode };
        self.apply(match words.word("a setting")? {
            "leverage" => ExchangeEvent::SetLeverage {
                account,
                leverage: words.rate()?,
                instrument: self.instrument(words)?,
            },
            "hedge" => positions(PositionMode::Hedge),
            "one-way" => positions(PositionMode::OneWay),
            "cross" => margin(MarginMode::Cross),
            "isolated" => margin(MarginMode::Isolated),
            "portfolio" => margin(MarginMode::Portfolio),
            other => return Err(format!("no account sets `{other}`")),
        });
        Ok(())
    }

    /// `BTC`, or a leg of it: `BTC long`.
    pub(super) fn position(&self, words: &mut Words) -> Parsed<PositionKey> {
        let instrument = self.instrument(words)?;
        let leg = if words.eat("long") {
            Leg::Long
        } else if words.eat("short") {
            Leg::Short
        } else {
            Leg::Net
        };
        Ok(PositionKey::new(instrument, leg))
    }

    /// `long 10 BTC at 1000 margin 100` before anything happens, `5 COIN`.
    fn holds(&mut self, account: AccountId, words: &mut Words) -> Parsed<()> {
        let exchange = &mut self.lab.exchange;
        let long = match words.peek() {
            Some("long") => true,
            Some("short") => false,
            _ => {
                let (amount, name) = (words.usd()?, words.word("an asset")?);
                let asset = self
                    .names
                    .find_asset(name)
                    .ok_or(format!("no asset `{name}`"))?;
                let credited = exchange.credit(account, asset, amount);
                return credited.map_err(|error| error.to_string());
            }
        };
        words.word("a side")?;
        let qty = words.qty()?;
        let name = words.word("an instrument")?;
        let found = self.names.find_instrument(name);
        let instrument = found.ok_or(format!("no instrument `{name}`"))?;
        words.expect("at")?;
        let price = words.price()?;
        let margin = if words.eat("margin") {
            Some(words.usd()?)
        } else {
            None
        };
        let qty = if long { qty } else { Qty(-qty.0) };
        let seeded = exchange.seed_position(account, instrument, qty, price, margin);
        seeded.map_err(|error| error.to_string())
    }

    /// `3 BTC at 990 ioc reduce-only`, `2 BTC at market`, `2 BTC at market when mark falls to 990`.
    fn order(&mut self, account: AccountId, side: Side, words: &mut Words) -> Parsed<()> {
        let (qty, instrument) = (words.qty()?, self.instrument(words)?);
        words.expect("at")?;
        let exchange = &self.lab.exchange;
        let mut slots = 0..SLOTS;
        let slot = slots.find(|&slot| exchange.open_order(account, slot).is_none());
        let id = OrderId::new(account, slot.ok_or("too many open orders")?, 0);
        let mut request = if words.eat("market") {
            OrderRequest::market(id, side, qty)
        } else {
            OrderRequest::limit(id, side, words.price()?, qty)
        };
        while let Some(word) = words.peek() {
            words.word("a flag")?;
            match word {
                "ioc" => request.tif = TimeInForce::Ioc,
                "fok" => request.tif = TimeInForce::Fok,
                "post-only" => request.post_only = true,
                "reduce-only" => request.reduce_only = true,
                "when" => request.trigger = Some(trigger(words)?),
                other => return Err(format!("an order cannot be `{other}`")),
            }
        }
        if let Pricing::Limit(Price(..=0)) = request.pricing {
            return Err("a price must be positive".to_owned());
        }
        self.apply(ExchangeEvent::Order {
            instrument,
            request,
        });
        Ok(())
    }

    fn named_order(
        &self,
        account: AccountId,
        words: &mut Words,
    ) -> Parsed<(InstrumentId, OrderId)> {
        words.expect("order")?;
        let number: u16 = words.count()?;
        let open = self
            .lab
            .exchange
            .open_order(account, number.saturating_sub(1));
        let open = open.ok_or(format!("there is no order {number}"))?;
        Ok((open.instrument, open.id))
    }

    fn cancels(&mut self, account: AccountId, words: &mut Words) -> Parsed<()> {
        if words.eat("all") {
            self.apply(ExchangeEvent::CancelAll { account });
        } else {
            let (instrument, id) = self.named_order(account, words)?;
            self.apply(ExchangeEvent::Cancel { instrument, id });
        }
        Ok(())
    }

    /// `order 1 with 3 at 990`.
    fn replaces(&mut self, account: AccountId, words: &mut Words) -> Parsed<()> {
        let (instrument, id) = self.named_order(account, words)?;
        words.expect("with")?;
        let qty = words.qty()?;
        words.expect("at")?;
        let price = words.price()?;
        self.apply(ExchangeEvent::Replace {
            instrument,
            id,
            price,
            qty,
        });
        Ok(())
    }
}

/// `mark falls to 990`, `last rises to 1010`.
fn trigger(words: &mut Words) -> Parsed<Trigger> {
    let source = match words.word("a price to watch")? {
        "mark" => TriggerSource::Mark,
        "last" => TriggerSource::Last,
        "index" => TriggerSource::Index,
        other => return Err(format!("no trigger watches `{other}`")),
    };
    let when = match words.word("a direction")? {
        "rises" => TriggerWhen::AtOrAbove,
        "falls" => TriggerWhen::AtOrBelow,
        other => return Err(format!("no price `{other}`")),
    };
    words.expect("to")?;
    let price = words.price()?;
    Ok(Trigger {
        source,
        when,
        price,
    })
}

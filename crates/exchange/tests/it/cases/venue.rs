//! The lines that begin with `venue`: the rules of a venue in words.

use firesale_exchange::{
    AdlPrice, AdlTrigger, BackstopConfig, CollateralConfig, Expiry, InstrumentConfig,
    InstrumentKind, LiquidationMethod, MarginTiers, MarkRule, PoolConfig, Surplus, VenueConfig,
};
use firesale_types::{AssetId, InstrumentId, Rate, SimDuration, SimTime};

use super::render::Names;
use super::rules;
use super::values::{cancels, funding, limit, policy, sharing, tiers, unwind};
use super::words::{Parsed, Words};
use crate::lab::{USD, perp, spot, times};

/// The rules of a case while its venue lines are read. They start from those of
/// [`VenueConfig::plain`]: perpetuals with a scripted mark of 1000 dollars, a lot times a tick being
/// a dollar, 5% maintenance margin and at most 10x.
pub(super) struct Draft {
    pub(super) config: VenueConfig,
    pub(super) names: Names,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self {
            config: VenueConfig::plain("case", USD, Vec::new()),
            names: Names {
                assets: vec!["USD".to_owned()],
                ..Names::default()
            },
        }
    }

    /// One line, after the word `venue`.
    pub(super) fn setting(&mut self, words: &mut Words) -> Parsed<()> {
        let config = &mut self.config;
        match words.word("a setting")? {
            "instruments" => self.instruments(words, InstrumentKind::Perp)?,
            "spot" => self.instruments(words, InstrumentKind::Spot)?,
            "future" => self.future(words)?,
            "price" => {
                let price = words.price()?;
                self.each(words, |one| one.initial_price = price)?;
            }
            "maintenance" => {
                let (rate, leverage) = (words.rate()?, self.leverage(words)?);
                let tiers = MarginTiers::flat(rate, leverage).map_err(|e| e.to_string())?;
                self.each(words, |one| one.tiers = tiers.clone())?;
            }
            "tiers" => {
                let tiers = tiers(words)?;
                self.each(words, |one| one.tiers = tiers.clone())?;
            }
            "band" => {
                let band = words.rate()?;
                self.each(words, |one| one.price_band = Some(band))?;
            }
            "mark" => self.mark(words)?,
            "funding" => {
                let funding = funding(words)?;
                self.each(words, |one| one.funding = funding)?;
            }
            "fees" => {
                words.expect("maker")?;
                config.fees.maker = words.rate()?;
                words.expect("taker")?;
                config.fees.taker = words.rate()?;
            }
            "liquidation" => self.liquidation(words)?,
            "clearance" => {
                words.expect("fee")?;
                config.fees.liquidation = words.rate()?;
            }
            "calls" => {
                words.expect("below")?;
                config.margin_call_ratio = words.rate()?;
            }
            "vault" => self.vault(words)?,
            "fund" => self.fund(words)?,
            "pool" => self.pool(words)?,
            "surplus" => {
                words.expect("to")?;
                words.expect("fund")?;
                config.insurance.surplus = Surplus::Fund;
            }
            "losses" => config.insurance.sharing = sharing(words)?,
            "adl" => self.adl(words)?,
            "collateral" => self.collateral(words)?,
            other => rules::setting(self, other, words)?,
        }
        words.end()
    }

    fn asset(&mut self, name: &str) -> AssetId {
        self.names.find_asset(name).unwrap_or_else(|| {
            self.names.assets.push(name.to_owned());
            AssetId(self.names.assets.len() as u16 - 1)
        })
    }

    pub(super) fn instrument(&self, words: &mut Words) -> Parsed<InstrumentId> {
        let name = words.word("an instrument")?;
        let found = self.names.find_instrument(name);
        found.ok_or(format!("`{name}` is no instrument of the venue"))
    }

    fn add(&mut self, name: &str, config: InstrumentConfig) {
        self.names.instruments.push(name.to_owned());
        self.config.instruments.push(config);
    }

    /// `BTC, ETH`, `BTC-2 on BTC`.
    fn instruments(&mut self, words: &mut Words, kind: InstrumentKind) -> Parsed<()> {
        while !words.is_over() {
            let name = words.word("a name")?;
            let on = if words.eat("on") {
                words.word("an asset")?
            } else {
                name
            };
            let base = self.asset(on);
            let config = match kind {
                InstrumentKind::Spot => spot(name, base),
                _ => perp(name, base),
            };
            self.add(name, config);
        }
        Ok(())
    }

    /// `BTC-DEC on BTC expires 60s window 4s`.
    fn future(&mut self, words: &mut Words) -> Parsed<()> {
        let name = words.word("a name")?;
        words.expect("on")?;
        let base = self.asset(words.word("an asset")?);
        words.expect("expires")?;
        let at = SimTime::ZERO + words.duration()?;
        words.expect("window")?;
        let window = words.duration()?;
        let config = InstrumentConfig {
            kind: InstrumentKind::Future,
            expiry: Some(Expiry { at, window }),
            ..perp(name, base)
        };
        self.add(name, config);
        Ok(())
    }

    /// Changes all instruments named so far, or the one after `for`.
    fn each(&mut self, words: &mut Words, change: impl Fn(&mut InstrumentConfig)) -> Parsed<()> {
        if words.eat("for") {
            let at = self.instrument(words)?.index();
            change(&mut self.config.instruments[at]);
        } else {
            self.config.instruments.iter_mut().for_each(change);
        }
        Ok(())
    }

    fn leverage(&self, words: &mut Words) -> Parsed<Rate> {
        if words.eat("leverage") {
            words.rate()
        } else {
            Ok(times(10))
        }
    }

    fn mark(&mut self, words: &mut Words) -> Parsed<()> {
        let mark = match words.word("a rule")? {
            "every" => {
                self.config.mark_period = words.duration()?;
                return Ok(());
            }
            "last" => MarkRule::Last,
            "binance" => MarkRule::MedianOfThree {
                window: words.duration()?,
            },
            "hyperliquid" => MarkRule::MedianWithEma {
                ema: SimDuration::secs(150),
                short_ema: SimDuration::secs(30),
            },
            other => return Err(format!("no rule `{other}` for marks")),
        };
        self.each(words, |one| one.mark = mark)
    }

    fn liquidation(&mut self, words: &mut Words) -> Parsed<()> {
        let rules = &mut self.config.liquidation;
        match words.word("a rule")? {
            "orders" => rules.method = LiquidationMethod::Orders,
            "step_down" => {
                let fill_or_kill = words.eat("fill_or_kill");
                let orders = if words.eat("orders") {
                    words.count()?
                } else {
                    0
                };
                rules.method = LiquidationMethod::StepDown {
                    fill_or_kill,
                    orders,
                };
            }
            "auction" => {
                let duration = words.duration()?;
                rules.method = LiquidationMethod::Auction { duration };
            }
            "parts" => {
                let parts = words.count()?;
                words.expect("over")?;
                let duration = words.duration()?;
                rules.method = LiquidationMethod::Twap { duration, parts };
            }
            "off" => rules.enabled = false,
            "latency" => rules.latency = words.duration()?,
            "attempts" => rules.book_attempts = words.count()?,
            "scan" => rules.scan_period = words.duration()?,
            "speed" => rules.steps_per_second = words.count()?,
            "partial" => {
                rules.partial_fraction = words.rate()?;
                words.expect("above")?;
                rules.partial_above = words.usd()?;
                words.expect("cooldown")?;
                rules.cooldown = words.duration()?;
            }
            "limit" => rules.limit = limit(words)?,
            "cancels" => rules.cancel = cancels(words.word("which orders")?)?,
            other => return Err(format!("no rule `{other}` for liquidations")),
        }
        Ok(())
    }

    fn fund(&mut self, words: &mut Words) -> Parsed<()> {
        if words.eat("sells") {
            self.config.fund_unwind = Some(unwind(words)?);
        } else {
            self.config.insurance_fund = words.usd()?;
        }
        Ok(())
    }

    /// `10000 at 2/3 leverage 4x each 2x`, `lockup 10s`, `sells 40% every 5s within 1%`.
    fn vault(&mut self, words: &mut Words) -> Parsed<()> {
        let first = words.peek();
        if let Some("sells" | "lockup") = first {
            words.word("a rule")?;
            let vault = self
                .config
                .backstop
                .as_mut()
                .ok_or("there is no vault yet")?;
            if first == Some("lockup") {
                vault.lockup = words.duration()?;
            } else {
                vault.unwind = Some(unwind(words)?);
            }
            return Ok(());
        }
        let mut vault = BackstopConfig::two_thirds(words.usd()?);
        if words.eat("at") {
            vault.threshold = words.rate()?;
        }
        if words.eat("leverage") {
            vault.max_leverage = words.rate()?;
        }
        if words.eat("each") {
            vault.max_leverage_per_instrument = words.rate()?;
        }
        self.config.backstop = Some(vault);
        Ok(())
    }

    /// `alts 3000 for ETH, SOL`.
    fn pool(&mut self, words: &mut Words) -> Parsed<()> {
        let name = words.word("a name")?.to_owned();
        let capital = words.usd()?;
        words.expect("for")?;
        let mut instruments = Vec::new();
        while !words.is_over() {
            instruments.push(self.instrument(words)?);
        }
        self.names.pools.push(name.clone());
        self.config.insurance.pools.push(PoolConfig {
            name,
            capital,
            instruments,
        });
        Ok(())
    }

    /// `quantile price bankruptcy when negative_equity portion 50% notional 3600`, in this order.
    fn adl(&mut self, words: &mut Words) -> Parsed<()> {
        let terms = &mut self.config.adl_terms;
        if let Some(policy) = words.peek().and_then(policy) {
            words.word("a policy")?;
            self.config.adl = policy;
        }
        if words.eat("price") {
            terms.price = Some(match words.word("a price")? {
                "bankruptcy" => AdlPrice::Bankruptcy,
                "previous_mark" => AdlPrice::PreviousMark,
                other => return Err(format!("no price `{other}` for deleveraging")),
            });
        }
        if words.eat("when") {
            terms.trigger = match words.word("a trigger")? {
                "negative_equity" => AdlTrigger::NegativeEquity,
                "empty_fund" => AdlTrigger::EmptyFund,
                "drawdown" => AdlTrigger::FundDrawdown {
                    start: words.rate()?,
                    stop: words.rate()?,
                    window: words.duration()?,
                },
                other => return Err(format!("no trigger `{other}` of deleveraging")),
            };
        }
        if words.eat("portion") {
            terms.max_portion = words.rate()?;
        }
        if words.eat("notional") {
            terms.max_notional = words.usd()?;
        }
        Ok(())
    }

    /// `COIN haircut 10% at 1000`.
    fn collateral(&mut self, words: &mut Words) -> Parsed<()> {
        let asset = self.asset(words.word("an asset")?);
        words.expect("haircut")?;
        let haircut = words.rate()?;
        words.expect("at")?;
        let price = words.usd()?;
        let collateral = CollateralConfig::new(asset, haircut, price);
        self.config.collateral.push(collateral);
        Ok(())
    }
}

//! Payments between longs and shorts that tie a perpetual to its index.

use firesale_matching::OrderBook;
use firesale_types::{InstrumentId, Price, Rate, Rounding, Side, SimTime, mul_div};

use crate::ledger::{FUNDING_BOUND, FUNDING_SCALE};
use crate::state::State;
use crate::{Effects, Exchange, ExchangeEvent, FundingRule, Later, MarginTiers, VenueRecord};

impl Exchange {
    /// Samples the premium and schedules the next sample.
    pub(crate) fn funding_sample(&mut self, id: InstrumentId, now: SimTime, out: &mut Effects) {
        let Some(FundingRule::PremiumIndex {
            sample,
            impact_notional,
            ..
        }) = self.funding_rule(id)
        else {
            return;
        };
        let instrument = &mut self.state.instruments[id.index()];
        let book = &self.books[id.index()];
        if !book.is_halted() {
            let value = i128::from(impact_notional.0 / instrument.unit).max(1);
            let premium = premium(book, value, instrument.index);
            instrument.funding.premium_sum += i128::from(premium.0);
            instrument.funding.samples += 1;
        }
        out.later.push(Later {
            at: now + sample,
            event: ExchangeEvent::FundingSample { instrument: id },
        });
    }

    /// Sets the rate, moves the cumulative index, and schedules the next payment. Positions settle
    /// when they are next touched.
    pub(crate) fn funding_payment(&mut self, id: InstrumentId, now: SimTime, out: &mut Effects) {
        let Some(rule @ FundingRule::PremiumIndex { interval, .. }) = self.funding_rule(id) else {
            return;
        };
        let instrument = &mut self.state.instruments[id.index()];
        let funding = &mut instrument.funding;
        let mean = match funding.samples {
            0 => 0,
            n => (funding.premium_sum / i128::from(n)) as i64,
        };
        let rate = funding_rate(&rule, &instrument.tiers, Rate(mean));
        (funding.premium_sum, funding.samples) = (0, 0);
        funding.rate = rate;
        funding.next = now + interval;
        let before = funding.index;
        let per_lot = payment_per_lot(rate, instrument.index, instrument.unit);
        let after = before.saturating_add(per_lot);
        funding.index = after.clamp(-FUNDING_BOUND, FUNDING_BOUND);
        instrument.impact.set_funding(now, funding.index);
        let moved = i128::from(funding.index - before);
        let paid = i128::from(instrument.open_interest.0) * moved / i128::from(FUNDING_SCALE);
        instrument.counters.funding_paid += paid;
        out.records.push(VenueRecord::Funding {
            instrument: id,
            rate,
            paid: crate::limits::amount(paid),
        });
        out.later.push(Later {
            at: now + interval,
            event: ExchangeEvent::FundingPayment { instrument: id },
        });
        self.state.digest.mix_all([i64::from(id.0), rate.0]);
        self.state.pop_funding_triggers(id.index());
    }

    fn funding_rule(&self, id: InstrumentId) -> Option<FundingRule> {
        let rules = self.state.config.instruments.get(id.index())?;
        Some(rules.funding)
    }
}

/// (max(0, impact bid - index) - max(0, index - impact ask)) / index. A side that is not worth the
/// impact notional (given in ticks times lots) contributes nothing.
fn premium(book: &OrderBook, value: i128, index: Price) -> Rate {
    let impact = |side| {
        book.price_for_value(side, value)
            .map(|(qty, walked)| walked * i128::from(Rate::ONE.0) / i128::from(qty.0))
    };
    let index = i128::from(index.0) * i128::from(Rate::ONE.0);
    let above = impact(Side::Buy).map_or(0, |bid| (bid - index).max(0));
    let below = impact(Side::Sell).map_or(0, |ask| (index - ask).max(0));
    let premium = (above - below) * i128::from(Rate::ONE.0) / index;
    let bound = 100 * i128::from(Rate::ONE.0);
    Rate(premium.clamp(-bound, bound) as i64)
}

/// The rate of one interval: (P + clamp(interest - P, -clamp, clamp)) * interval / period, capped.
fn funding_rate(rule: &FundingRule, tiers: &MarginTiers, mean: Rate) -> Rate {
    let FundingRule::PremiumIndex {
        interval,
        period,
        interest,
        clamp,
        cap,
        ..
    } = *rule
    else {
        return Rate::ZERO;
    };
    let cap = cap.rate(tiers);
    let per_period = mean.0 + (interest.0 - mean.0).clamp(-clamp.0, clamp.0);
    let rate = mul_div(per_period, interval.0, period.0, Rounding::HalfEven)
        .unwrap_or(per_period.signum() * cap.0);
    Rate(rate.clamp(-cap.0, cap.0))
}

/// rate * index price * unit, in millionths of a micro-USD, to the nearest.
fn payment_per_lot(rate: Rate, index: Price, unit: i64) -> i64 {
    let value = index.0.saturating_mul(unit);
    let scale = Rate::ONE.0 / FUNDING_SCALE;
    mul_div(value, rate.0, scale, Rounding::HalfEven).unwrap_or(rate.0.signum() * (i64::MAX / 8))
}

impl State {
    /// Funding that positions have not settled yet, plus what the pool holds: the dust of rounding,
    /// never negative.
    pub(crate) fn funding_dust(&self) -> i128 {
        let pending = self.accounts.iter().flat_map(|account| &account.positions);
        let pending = pending.map(|position| {
            let index = self.instruments[position.instrument.index()].funding.index;
            i128::from(crate::ledger::funding_due(position, index).0)
        });
        let pool = self.accounts[Exchange::FUNDING.index()].money();
        pool - pending.sum::<i128>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_matching::{BookConfig, OrderRequest};
    use firesale_types::{AccountId, OrderId, Qty, SimDuration, Usd};

    use crate::FundingCap;

    fn rule(interval_h: i64, cap_bps: i64) -> FundingRule {
        capped(interval_h, FundingCap::Rate(Rate::bps(cap_bps)))
    }

    fn capped(interval_h: i64, cap: FundingCap) -> FundingRule {
        FundingRule::PremiumIndex {
            interval: SimDuration::secs(3600 * interval_h),
            period: SimDuration::secs(8 * 3600),
            sample: SimDuration::secs(5),
            interest: Rate::bps(1),
            clamp: Rate::bps(5),
            cap,
            impact_notional: Usd::dollars(1000),
        }
    }

    #[test]
    fn rates_by_hand() {
        let none = MarginTiers::none();
        let rate = |rule: &FundingRule, bps| funding_rate(rule, &none, Rate::bps(bps)).0;
        // Inside the dead band interest is paid: 0.01% per 8 h, an eighth of it hourly.
        assert_eq!(rate(&rule(8, 400), 3), Rate::bps(1).0);
        assert_eq!(rate(&rule(1, 400), 3), Rate::bps(1).0 / 8);
        // Beyond it the premium less the clamp: 20 - 5 = 15 bp; -20 + 5 = -15 bp.
        assert_eq!(rate(&rule(8, 400), 20), Rate::bps(15).0);
        assert_eq!(rate(&rule(8, 400), -20), Rate::bps(-15).0);
        assert_eq!(rate(&rule(8, 10), 20), Rate::bps(10).0);
    }

    /// 0.75 x 0.4% = 0.3% under the first of Binance's brackets of BTCUSDT, either way; a first
    /// tier of 1% moves the cap to 0.75%.
    #[test]
    fn a_cap_may_follow_the_first_tier() {
        let rule = capped(8, FundingCap::Maintenance(Rate(750_000_000)));
        let rate = |maintenance_bps, premium_bps| {
            let tiers = MarginTiers::flat(Rate::bps(maintenance_bps), Rate(50 * Rate::ONE.0));
            funding_rate(&rule, &tiers.unwrap(), Rate::bps(premium_bps))
        };
        assert_eq!(rate(40, 34), Rate::bps(29));
        assert_eq!(rate(40, 36), Rate::bps(30));
        assert_eq!(rate(40, -500), Rate::bps(-30));
        assert_eq!(rate(100, 500), Rate::bps(75));
    }

    #[test]
    fn premium_by_hand() {
        let mut book = OrderBook::new(BookConfig::default());
        let mut host = Vec::new();
        let mut rest = |n, side, price, qty| {
            let id = OrderId::new(AccountId(n), 0, 0);
            let order = OrderRequest::limit(id, side, Price(price), Qty(qty));
            book.submit(SimTime::ZERO, &order, &mut host).unwrap();
        };
        rest(1, Side::Buy, 1010, 10);
        rest(2, Side::Buy, 1000, 100);
        rest(3, Side::Sell, 1030, 100);
        // 20,100 ticks x lots of bids: 10 at 1010 and 10 at 1000, on average 1005.
        assert_eq!(premium(&book, 20_100, Price(1000)), Rate::bps(50));
        // Index above the impact ask 1030: (1030 - 1100) / 1100.
        assert_eq!(premium(&book, 20_100, Price(1100)).0, -63_636_363);
        // Too thin on both sides.
        assert_eq!(premium(&book, 10_000_000, Price(1000)), Rate::ZERO);
    }

    #[test]
    fn payments_are_on_the_index_value() {
        // 0.01% of 117,000.1 dollars a BTC, for a lot of 0.001 BTC: 11,700.01 micro-USD.
        assert_eq!(
            payment_per_lot(Rate::bps(1), Price(1_170_001), 100),
            11_700_010_000
        );
    }
}

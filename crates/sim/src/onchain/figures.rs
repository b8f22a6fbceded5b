//! The figures of a summary that are about chains and issuers.

use std::collections::{BTreeMap, VecDeque};

use firesale_record::Summary;
use firesale_stablecoin::IssuerEffect;
use firesale_types::{SimDuration, SimTime};

use super::{Chains, IssuerMachine, Issuers};
use crate::Assets;

/// The price of a coin at one place.
#[derive(Clone, Copy, Debug)]
struct PegTrack {
    low: f64,
    high: f64,
    last: f64,
    /// When it was first back at [`PAR`] after the last recovery of a frozen claim.
    back: Option<SimTime>,
}

/// From here on a coin counts as back at par.
const PAR: f64 = 0.995;
/// The window of the largest redemptions.
const WINDOW: SimDuration = SimDuration::secs(8 * 3600);

/// What one issuer has paid.
#[derive(Clone, Debug, Default)]
struct Paid {
    window: VecDeque<(SimTime, f64)>,
    in_window: f64,
    most: f64,
    all: f64,
    /// How long redemptions have been paid, and what was paid in the first [`WINDOW`] of that.
    open: SimDuration,
    first: f64,
    /// When something that was stuck came back last.
    recovered: Option<SimTime>,
}

/// Figures that grow with the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pegs: BTreeMap<(String, String, &'static str), PegTrack>,
    paid: BTreeMap<String, Paid>,
    gas_most: BTreeMap<String, u128>,
    pub(crate) seizures: u64,
    pub(crate) bad_debt: BTreeMap<String, f64>,
    bill_yield: Option<f64>,
    /// Supplies at the start, by symbol.
    supplies: BTreeMap<String, f64>,
}

impl Figures {
    /// Remembers the supplies of the start.
    pub(crate) fn begin(&mut self, issuers: &Issuers, assets: &Assets) {
        for (_, issuer) in issuers.iter() {
            for (symbol, supply) in issuer.supplies(assets) {
                self.supplies.insert(symbol, supply);
            }
        }
    }

    pub(crate) fn peg(
        &mut self,
        now: SimTime,
        coin: &str,
        place: &str,
        kind: &'static str,
        price: f64,
    ) {
        let decided = self.paid.get(coin).and_then(|paid| paid.recovered);
        let key = (coin.to_owned(), place.to_owned(), kind);
        let track = self.pegs.entry(key).or_insert(PegTrack {
            low: price,
            high: price,
            last: price,
            back: None,
        });
        track.low = track.low.min(price);
        track.high = track.high.max(price);
        track.last = price;
        match decided {
            Some(at) if track.back.is_none_or(|back| back < at) && price >= PAR => {
                track.back = Some(now);
            }
            _ => {}
        }
    }

    /// Looks at an issuer once a record step: how long it has been paying, and the most by which its sales
    /// of bills have raised their yield.
    pub(crate) fn look(&mut self, issuer: &IssuerMachine, now: SimTime, step: SimDuration) {
        let public = issuer.issuer().view(now);
        if public.is_open && !public.is_suspended {
            let paid = self.paid.entry(issuer.symbol().to_owned()).or_default();
            paid.open = paid.open + step;
        }
        if let Some(bps) = issuer.bill_yield_change() {
            self.bill_yield = Some(self.bill_yield.map_or(bps, |most| most.max(bps)));
        }
    }

    pub(crate) fn gas(&mut self, chain: &str, base_fee: u128) {
        let most = self.gas_most.entry(chain.to_owned()).or_default();
        *most = base_fee.max(*most);
    }

    pub(crate) fn effect(&mut self, issuer: &IssuerMachine, at: SimTime, effect: &IssuerEffect) {
        let paid = self.paid.entry(issuer.symbol().to_owned()).or_default();
        match *effect {
            IssuerEffect::Pay { usd, .. } => {
                let usd = usd as f64 / 1e6;
                paid.all += usd;
                if paid.open < WINDOW {
                    paid.first += usd;
                }
                paid.in_window += usd;
                paid.window.push_back((at, usd));
                while let Some(&(then, old)) = paid.window.front()
                    && then + WINDOW <= at
                {
                    paid.in_window -= old;
                    paid.window.pop_front();
                }
                paid.most = paid.most.max(paid.in_window);
            }
            IssuerEffect::Recovered { .. } => paid.recovered = Some(at),
            _ => {}
        }
    }

    /// Writes the figures into a summary.
    pub(crate) fn write(
        &self,
        summary: &mut Summary,
        chains: &Chains,
        issuers: &Issuers,
        assets: &Assets,
    ) {
        for ((coin, place, kind), track) in &self.pegs {
            if *kind == "lender" || *kind == "issuer" {
                summary.set(format!("peg_{kind}_low.{coin}.{place}"), track.low);
                continue;
            }
            summary.set(format!("peg_low.{coin}.{place}"), track.low);
            summary.set(format!("peg_high.{coin}.{place}"), track.high);
            summary.set(format!("peg_last.{coin}.{place}"), track.last);
            let decided = self.paid.get(coin).and_then(|paid| paid.recovered);
            let hours = decided.and_then(|at| Some(track.back?.since(at).seconds() / 3600.0));
            summary.set(format!("peg_back_h.{coin}.{place}"), hours);
        }
        for (_, issuer) in issuers.iter() {
            let paid = self.paid.get(issuer.symbol()).cloned().unwrap_or_default();
            let coin = issuer.symbol();
            summary.set(format!("redeemed_usd.{coin}"), paid.all);
            summary.set(format!("redeemed_8h_usd.{coin}"), paid.most);
            summary.set(format!("redeemed_first_8h_usd.{coin}"), paid.first);
            for (symbol, supply) in issuer.supplies(assets) {
                let start = self.supplies.get(&symbol).copied().unwrap_or(0.0);
                let change = (start > 0.0).then(|| supply / start - 1.0);
                summary.set(format!("supply_change_frac.{symbol}"), change);
            }
        }
        if let Some(bps) = self.bill_yield {
            summary.set("bill_yield_change_bp", bps);
        }
        for (chain, most) in &self.gas_most {
            summary.set(format!("base_fee_max_gwei.{chain}"), *most as f64 / 1e9);
        }
        if chains
            .iter()
            .any(|(_, machine)| !machine.chain().lenders().is_empty())
        {
            let all: f64 = self.bad_debt.values().sum();
            summary.set("dex_bad_debt_usd", all);
            summary.set("dex_liquidations", self.seizures as f64);
            for (lender, bad) in &self.bad_debt {
                summary.set(format!("dex_bad_debt_usd.{lender}"), *bad);
            }
        }
    }
}

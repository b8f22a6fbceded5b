//! Portfolio margin and central clearing: from keys to rules.

use firesale_exchange::{
    AuctionConfig, BaseOffset, ClearingConfig, InstrumentConfig, MarginModelConfig,
    PortfolioMargin, ShockOverride,
};
use firesale_types::{Rate, Usd};

use super::{Findings, Rules};
use crate::config::{Ratio, Spanned};
use crate::scenario::file::{ClearingTable, OffsetTable, PortfolioTable};

/// The scenario grid of a venue with these instruments; names that are unknown are findings.
pub(super) fn portfolio_rules(
    table: &Spanned<PortfolioTable>,
    instruments: &[InstrumentConfig],
    rules: &Rules,
    findings: &mut Findings,
) -> Option<PortfolioMargin> {
    let t = &table.value;
    let own = |(symbol, shocks): (&String, &Vec<Ratio>)| ShockOverride {
        symbol: symbol.clone(),
        shocks: rates(shocks),
    };
    let known: Vec<String> = instruments.iter().map(|i| i.symbol.clone()).collect();
    for symbol in t.overrides.keys() {
        let found = known.contains(symbol).then_some(());
        findings.find_key(
            "instrument",
            (table.span, "overrides"),
            symbol,
            found,
            &known,
        )?;
    }
    let mut by_base = Vec::new();
    for (symbol, above) in &t.concentrated_above_by_base {
        let place = (table.span, "concentrated_above_by_base");
        let known = rules.asset(symbol);
        let base = findings.find_key("asset", place, symbol, known, &rules.assets)?;
        by_base.push((base, above.get()));
    }
    let mut offsets = Vec::new();
    for offset in &t.offsets {
        offsets.push(offset_rule(&offset.value, rules, findings)?);
    }
    Some(PortfolioMargin {
        shocks: rates(&t.shocks),
        overrides: t.overrides.iter().map(own).collect(),
        volatility: rates(&t.volatility),
        concentration: t.concentration.get(),
        concentrated_above: t.concentrated_above.map_or(Usd::MAX, |above| above.get()),
        concentrated_above_by_base: by_base,
        basis: t.basis.get(),
        offsets,
        minimum: t.minimum.get(),
        initial: t.initial.get(),
    })
}

fn rates(list: &[Ratio]) -> Vec<Rate> {
    list.iter().map(|ratio| ratio.get()).collect()
}

fn offset_rule(table: &OffsetTable, rules: &Rules, findings: &mut Findings) -> Option<BaseOffset> {
    let mut bases = Vec::new();
    for base in &table.bases {
        bases.push(findings.find("asset", base, rules.asset(&base.value), &rules.assets)?);
    }
    Some(BaseOffset {
        bases,
        rate: table.rate.get(),
    })
}

/// The rules of a clearing house.
pub(super) fn clearing_rules(table: &ClearingTable) -> ClearingConfig {
    ClearingConfig {
        margin: MarginModelConfig {
            confidence: table.confidence.get(),
            decay: table.decay.get(),
            initial_volatility: table.initial_volatility.get(),
            close_out: table.close_out.get(),
            buffer: table.buffer.get(),
            floor: table.floor.get(),
        },
        settlement_period: table.settlement_period.get(),
        sizing_period: table.sizing_period.get(),
        cover: table.cover,
        stress: rates(&table.stress),
        member_equity: table.member_equity.get(),
        minimum_contribution: table.minimum_contribution.get(),
        own_capital: table.own_capital.get(),
        second_capital: table.second_capital.get(),
        assessment: table.assessment.get(),
        gains_haircut: table.gains_haircut.get(),
        auction: AuctionConfig {
            spread: table.auction.spread.get(),
            risk: table.auction.risk.get(),
            limit: table.auction.limit.get(),
        },
    }
}

//! What settings of a venue stand for.

use firesale_exchange::{
    AdlPolicy, CancelFirst, FundingCap, FundingRule, LiquidationLimit, LossSharing, MarginTier,
    MarginTiers, UnwindPolicy,
};
use firesale_types::Usd;

use super::words::{Parsed, Words};

/// `5000: 1% 50x; rest: 5% 10x`: up to this notional, this rate and this leverage.
pub(super) fn tiers(words: &mut Words) -> Parsed<MarginTiers> {
    let mut tiers = Vec::new();
    while !matches!(words.peek(), None | Some("for")) {
        let last = words.eat("rest");
        tiers.push(MarginTier {
            up_to: if last { Usd::MAX } else { words.usd()? },
            maintenance: words.rate()?,
            max_leverage: words.rate()?,
        });
    }
    MarginTiers::new(tiers).map_err(|error| error.to_string())
}

/// `every 8h of 8h sample 60s interest 0.01% clamp 0.05% cap 4% impact 1000`.
pub(super) fn funding(words: &mut Words) -> Parsed<FundingRule> {
    words.expect("every")?;
    let interval = words.duration()?;
    words.expect("of")?;
    let period = words.duration()?;
    words.expect("sample")?;
    let sample = words.duration()?;
    words.expect("interest")?;
    let interest = words.rate()?;
    words.expect("clamp")?;
    let clamp = words.rate()?;
    words.expect("cap")?;
    let cap = if words.eat("maintenance") {
        FundingCap::Maintenance(words.rate()?)
    } else {
        FundingCap::Rate(words.rate()?)
    };
    words.expect("impact")?;
    Ok(FundingRule::PremiumIndex {
        interval,
        period,
        sample,
        interest,
        clamp,
        cap,
        impact_notional: words.usd()?,
    })
}

pub(super) fn limit(words: &mut Words) -> Parsed<LiquidationLimit> {
    Ok(match words.word("a limit")? {
        "none" => LiquidationLimit::None,
        "bankruptcy" => LiquidationLimit::Bankruptcy,
        "bounded" => LiquidationLimit::Bounded {
            spread: words.rate()?,
            adjustment: words.rate()?,
        },
        other => return Err(format!("no limit `{other}`")),
    })
}

pub(super) fn cancels(word: &str) -> Parsed<CancelFirst> {
    match word {
        "all" => Ok(CancelFirst::All),
        "increasing" => Ok(CancelFirst::Increasing),
        "none" => Ok(CancelFirst::None),
        other => Err(format!("no orders `{other}` to cancel")),
    }
}

/// `40% every 5s within 1%`.
pub(super) fn unwind(words: &mut Words) -> Parsed<UnwindPolicy> {
    let fraction = words.rate()?;
    words.expect("every")?;
    let period = words.duration()?;
    words.expect("within")?;
    let slippage = words.rate()?;
    Ok(UnwindPolicy {
        period,
        fraction,
        slippage,
    })
}

pub(super) fn sharing(words: &mut Words) -> Parsed<LossSharing> {
    match words.word("a rule")? {
        "socialised" => Ok(LossSharing::Socialised),
        "clawback" => Ok(LossSharing::Clawback {
            window: words.duration()?,
        }),
        other => Err(format!("no rule `{other}` for sharing losses")),
    }
}

pub(super) fn policy(word: &str) -> Option<AdlPolicy> {
    Some(match word {
        "off" => AdlPolicy::Off,
        "queue" => AdlPolicy::Queue,
        "pro_rata" => AdlPolicy::ProRata,
        "quantile" => AdlPolicy::Quantile,
        "capped_pro_rata" => AdlPolicy::CappedProRata,
        "risk_aware" => AdlPolicy::RiskAware,
        "random" => AdlPolicy::Random,
        "largest" => AdlPolicy::Largest,
        _ => return None,
    })
}

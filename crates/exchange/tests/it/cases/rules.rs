//! The rarer settings: brakes, platform, portfolio margin, clearing.

use firesale_exchange::{
    ApiConfig, AuctionConfig, BreakerLevel, ClearingConfig, ConcentrationConfig, DrawdownReference,
    Gated, HotWallet, Interval, IsolatedLeverage, LuldConfig, LuldTier, MarginModelConfig,
    MarketWideConfig, OverloadConfig, PortfolioMargin, RollingConfig, StopLogicConfig,
    ThrottleConfig, WhileHalted,
};
use firesale_types::{Rate, SimTime, Usd};

use super::venue::Draft;
use super::words::{Parsed, Words};

/// A line that begins with this setting.
pub(super) fn setting(draft: &mut Draft, name: &str, words: &mut Words) -> Parsed<()> {
    match name {
        "luld" | "market_wide" | "rolling" | "stop_logic" | "during_halt" | "throttle"
        | "position" | "concentration" => brake(draft, name, words),
        "outage" | "freeze" | "daily" | "wallet" | "gate" | "overload" => {
            platform(draft, name, words)
        }
        "transfers" => {
            words.expect("keep")?;
            draft.config.margin_rules.transfer_floor = words.rate()?;
            Ok(())
        }
        "leverage" => {
            words.expect("only-rises")?;
            draft.config.margin_rules.isolated_leverage = IsolatedLeverage::OnlyRises;
            Ok(())
        }
        "portfolio" => portfolio(draft, words),
        "clearing" => clearing(draft, words),
        other => Err(format!("a venue has no setting `{other}`")),
    }
}

fn brake(draft: &mut Draft, name: &str, words: &mut Words) -> Parsed<()> {
    match name {
        "luld" => {
            let mut tiers = Vec::new();
            while !words.is_over() {
                tiers.push(match words.word("a tier")? {
                    "one" => LuldTier::One,
                    "two" => LuldTier::Two,
                    "exempt" => LuldTier::Exempt,
                    other => return Err(format!("no tier `{other}`")),
                });
            }
            draft.config.brakes.luld = Some(LuldConfig {
                tiers,
                ..LuldConfig::default()
            });
        }
        // `BTC 7% 15m, 13% 15m`.
        "market_wide" => {
            let instrument = draft.instrument(words)?;
            let mut levels = Vec::new();
            while !words.is_over() {
                levels.push(BreakerLevel {
                    fall: words.rate()?,
                    halt: Some(words.duration()?),
                    cutoff: None,
                });
            }
            draft.config.brakes.market_wide = Some(MarketWideConfig {
                instrument,
                reference: DrawdownReference::Day,
                levels,
            });
        }
        // `10% over 1h pause 2m`.
        "rolling" => {
            let width = words.rate()?;
            words.expect("over")?;
            let window = words.duration()?;
            words.expect("pause")?;
            let pause = words.duration()?;
            draft.config.brakes.rolling = Some(RollingConfig {
                width,
                window,
                pause,
            });
        }
        "stop_logic" => {
            let range = words.rate()?;
            words.expect("pause")?;
            let pause = words.duration()?;
            draft.config.brakes.stop_logic = Some(StopLogicConfig { range, pause });
        }
        "during_halt" => {
            let during = &mut draft.config.brakes.during_halt;
            while !words.is_over() {
                match words.word("a stage")? {
                    "vault" => during.backstop = WhileHalted::Act,
                    "adl" => during.adl = WhileHalted::Act,
                    other => return Err(format!("no stage `{other}`")),
                }
            }
        }
        _ => limits(draft, name, words)?,
    }
    Ok(())
}

fn limits(draft: &mut Draft, name: &str, words: &mut Words) -> Parsed<()> {
    let limits = &mut draft.config.brakes.limits;
    match name {
        "throttle" => {
            let per_second = words.count()?;
            words.expect("a")?;
            words.expect("second")?;
            words.expect("burst")?;
            let burst = words.count()?;
            limits.throttle = Some(ThrottleConfig { per_second, burst });
        }
        "position" => {
            words.expect("limit")?;
            limits.max_position = Some(words.usd()?);
        }
        _ => {
            let share = words.rate()?;
            words.expect("above")?;
            let above = words.usd()?;
            limits.concentration = Some(ConcentrationConfig { share, above });
        }
    }
    Ok(())
}

fn interval(words: &mut Words) -> Parsed<Interval> {
    let from = SimTime::ZERO + words.duration()?;
    words.expect("to")?;
    let to = SimTime::ZERO + words.duration()?;
    Ok(Interval { from, to })
}

fn platform(draft: &mut Draft, name: &str, words: &mut Words) -> Parsed<()> {
    let platform = &mut draft.config.platform;
    match name {
        "outage" => {
            platform.outages.push(interval(words)?);
            if words.eat("without") {
                words.expect("liquidations")?;
                platform.liquidates_while_down = false;
            }
        }
        "freeze" => match words.word("what")? {
            "transfers" => platform.transfer_freezes.push(interval(words)?),
            "withdrawals" => platform.withdrawal_freezes.push(interval(words)?),
            other => return Err(format!("`{other}` cannot be frozen")),
        },
        "daily" => {
            words.expect("limit")?;
            platform.withdrawals.daily_limit = Some(words.usd()?);
        }
        // `100 refill 3600 an hour`, `refuses`.
        "wallet" => {
            if words.eat("refuses") {
                platform.withdrawals.gated = Gated::Refuse;
                return Ok(());
            }
            let size = words.usd()?;
            words.expect("refill")?;
            let refill_per_hour = words.usd()?;
            words.expect("an")?;
            words.expect("hour")?;
            platform.withdrawals.hot_wallet = Some(HotWallet {
                size,
                refill_per_hour,
            });
        }
        // `10 a second within 300ms`.
        "gate" => {
            let per_second = words.count()?;
            words.expect("a")?;
            words.expect("second")?;
            words.expect("within")?;
            let max_delay = words.duration()?;
            platform.api = Some(ApiConfig {
                per_second,
                max_delay,
                overload: None,
            });
        }
        // `2s for 1s down 30s`.
        _ => {
            let delay = words.duration()?;
            words.expect("for")?;
            let lasting = words.duration()?;
            words.expect("down")?;
            let down = words.duration()?;
            let gate = platform.api.as_mut().ok_or("there is no gate yet")?;
            gate.overload = Some(OverloadConfig {
                delay,
                lasting,
                down,
            });
        }
    }
    Ok(())
}

/// `15% basis 2%`: the move either way, and the add-on on what is set off.
fn portfolio(draft: &mut Draft, words: &mut Words) -> Parsed<()> {
    let shock = words.rate()?;
    words.expect("basis")?;
    let basis = words.rate()?;
    draft.config.portfolio = Some(PortfolioMargin {
        shocks: vec![Rate(-shock.0), shock],
        volatility: vec![Rate::ONE],
        concentration: Rate::ZERO,
        basis,
        ..PortfolioMargin::default()
    });
    Ok(())
}

/// `stress 20% own 3000 second 650 assessment 1x haircut 100% spread 1%`: margins of the tiers only,
/// one stress either way, no least contribution; bids cost the spread, and 20% of the margin.
fn clearing(draft: &mut Draft, words: &mut Words) -> Parsed<()> {
    words.expect("stress")?;
    let stress = words.rate()?;
    words.expect("own")?;
    let own_capital = words.usd()?;
    words.expect("second")?;
    let second_capital = words.usd()?;
    words.expect("assessment")?;
    let assessment = words.rate()?;
    words.expect("haircut")?;
    let gains_haircut = words.rate()?;
    words.expect("spread")?;
    let spread = words.rate()?;
    draft.config.clearing = Some(ClearingConfig {
        margin: MarginModelConfig {
            initial_volatility: Rate::ZERO,
            floor: Rate::ZERO,
            ..MarginModelConfig::default()
        },
        stress: vec![Rate(-stress.0), stress],
        member_equity: Usd::dollars(1),
        minimum_contribution: Usd::ZERO,
        own_capital,
        second_capital,
        assessment,
        gains_haircut,
        auction: AuctionConfig {
            spread,
            ..AuctionConfig::default()
        },
        ..ClearingConfig::default()
    });
    Ok(())
}

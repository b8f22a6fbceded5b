//! What the figures of a summary mean and how they are written.

use crate::format::{grouped, percent, short, usd};

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Dollars.
    Usd,
    /// A part of one, as percent.
    Fraction,
    /// A small fraction, as percent with more digits.
    Rate,
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Hundredths of a percent.
    BasisPoints,
    /// Megabytes.
    Megabytes,
    /// A plain number.
    Number,
}

impl Style {
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Usd => usd(value),
            Self::Fraction => percent(value),
            Self::Rate => format!("{}%", grouped(value * 100.0, 4)),
            Self::Count => grouped(value, 0),
            Self::Seconds => format!("{} s", grouped(value, 1)),
            Self::BasisPoints => format!("{} bp", grouped(value, 1)),
            Self::Megabytes => format!("{} MB", grouped(value, 0)),
            Self::Number => short(value),
        }
    }
}

/// One figure of the summary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Info {
    /// Its name, without the part after the first dot.
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) style: Style,
    /// What it is, in a line.
    pub(super) meaning: &'static str,
}

/// A heading and the figures below it.
pub(super) type Group = (&'static str, &'static [Info]);

const fn info(name: &'static str, style: Style, meaning: &'static str) -> Info {
    Info {
        name,
        style,
        meaning,
    }
}

use Style::{BasisPoints, Count, Fraction, Megabytes, Number, Rate, Seconds, Usd};

/// All known figures in the order of the report.
pub(super) const GROUPS: &[Group] = &[
    (
        "Liquidations",
        &[
            info("liquidated_usd", Usd, "closed by force"),
            info("liquidated_long_usd", Usd, "closed by force, longs"),
            info("liquidated_short_usd", Usd, "closed by force, shorts"),
            info(
                "liquidated_long_share",
                Fraction,
                "longs among what was closed by force",
            ),
            info(
                "liquidated_peak_minute_usd",
                Usd,
                "closed by force in the worst minute",
            ),
            info("accounts_liquidated", Count, "accounts liquidated"),
            info("largest_liquidation_usd", Usd, "largest single liquidation"),
            info("margin_calls", Count, "margin calls"),
            info("margin_calls_met", Count, "margin calls met"),
        ],
    ),
    (
        "Prices",
        &[
            info("drawdown_frac", Fraction, "fall from the news to the low"),
            info(
                "fastest_30m_drop_frac",
                Fraction,
                "largest fall within 30 minutes",
            ),
            info(
                "retrace_frac",
                Fraction,
                "part of the fall regained by the end of the window",
            ),
            info(
                "alt_mean_open_to_low_frac",
                Fraction,
                "mean fall of the alts from open to low",
            ),
            info(
                "amplification",
                Number,
                "fall over the fall without forced selling",
            ),
            info("halts", Count, "trading halts"),
        ],
    ),
    (
        "Liquidity and open interest",
        &[
            info(
                "depth_min_over_pre",
                Fraction,
                "worst minute's bid depth over the hour before",
            ),
            info(
                "spread_max_over_pre",
                Number,
                "worst minute's spread over the hour before",
            ),
            info(
                "open_interest_change_frac",
                Fraction,
                "change of open interest",
            ),
            info("funding_min", Rate, "lowest funding rate of an interval"),
            info("funding_max", Rate, "highest funding rate of an interval"),
        ],
    ),
    (
        "Cascades",
        &[
            info("cascade_size_max", Count, "accounts in the largest cascade"),
            info("cascade_depth_max", Count, "links in the deepest cascade"),
            info(
                "branching_ratio_peak",
                Number,
                "highest branching ratio of a minute",
            ),
            info("branching_ratio", Number, "branching ratio of the run"),
            info(
                "crossed_instruments_share",
                Fraction,
                "closed in another instrument than the loss came from",
            ),
            info(
                "crossed_venues_share",
                Fraction,
                "brought about mainly by another venue",
            ),
            info(
                "caused_abroad_share",
                Fraction,
                "part of the losses brought about by force elsewhere",
            ),
        ],
    ),
    (
        "Deleveraging and losses",
        &[
            info(
                "adl_usd",
                Usd,
                "winners' positions closed by auto-deleveraging",
            ),
            info(
                "adl_over_liquidated",
                Fraction,
                "auto-deleveraging over liquidations",
            ),
            info(
                "adl_in_profit_share",
                Fraction,
                "deleveraged positions that were in profit",
            ),
            info(
                "adl_top10_share",
                Fraction,
                "share of the ten most deleveraged accounts",
            ),
            info(
                "adl_gini",
                Number,
                "Gini coefficient of deleveraging over accounts",
            ),
            info(
                "first_adl_after_first_liquidation_s",
                Seconds,
                "from the first liquidation to the first deleveraging",
            ),
            info(
                "negative_equity_usd",
                Usd,
                "deficits of accounts below zero",
            ),
            info("negative_equity_accounts", Count, "accounts below zero"),
            info(
                "insurance_change_frac",
                Fraction,
                "change of the insurance fund",
            ),
            info(
                "backstop_pnl_usd",
                Usd,
                "profit and loss of the backstop vault",
            ),
            info("dex_bad_debt_usd", Usd, "bad debt of lending pools"),
            info("institution_defaults", Count, "institutions in default"),
            info("institution_loss_usd", Usd, "losses of institutions"),
        ],
    ),
    (
        "Stablecoins",
        &[
            info("peg_low", Number, "lowest price in dollars"),
            info("supply_change_frac", Fraction, "change of supply"),
            info("redeemed_usd", Usd, "redeemed"),
            info(
                "bill_yield_change_bp",
                BasisPoints,
                "change of Treasury bill yields",
            ),
        ],
    ),
    (
        "The run",
        &[
            info("events", Count, "events processed"),
            info("wall_s", Seconds, "elapsed time"),
            info("events_per_s", Count, "events each second"),
            info("peak_rss_mb", Megabytes, "largest memory"),
            info("audit_violations", Count, "violations found by the auditor"),
        ],
    ),
];

/// The heading of figures that are not listed above.
pub(super) const OTHER: &str = "Other figures";

/// How an unlisted figure is written, by the ending of its name.
pub(super) fn guess(base: &str) -> Style {
    let ending = |endings: &[&str]| endings.iter().any(|e| base.ends_with(e));
    match base {
        _ if ending(&["_usd"]) => Usd,
        _ if ending(&["_frac", "_share"]) => Fraction,
        _ if ending(&["_s"]) => Seconds,
        _ if ending(&["_bp", "_bps"]) => BasisPoints,
        _ if ending(&["_mb"]) => Megabytes,
        _ => Number,
    }
}

/// A figure's name split at the first dot: what it is, and of whom.
pub(super) fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once('.')
        .map_or((name, None), |(base, of)| (base, Some(of)))
}

/// How a figure is written.
pub(super) fn style_of(name: &str) -> Style {
    let base = split(name).0;
    let known = GROUPS.iter().flat_map(|g| g.1).find(|i| i.name == base);
    known.map_or_else(|| guess(base), |i| i.style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_units() {
        assert_eq!(style_of("drawdown_frac.BTC").show(0.1243), "12.4%");
        assert_eq!(style_of("liquidated_usd.binance").show(2.4e9), "$2.4B");
        assert_eq!(style_of("funding_min.BTC").show(-0.000_25), "−0.0250%");
        assert_eq!(style_of("my_loss_usd").show(-5e6), "−$5M");
        assert_eq!(style_of("accounts_liquidated").show(162_512.0), "162,512");
        assert_eq!(style_of("strange").show(1.5), "1.5");
    }

    #[test]
    fn no_figure_is_listed_twice() {
        let names: Vec<&str> = GROUPS.iter().flat_map(|g| g.1).map(|i| i.name).collect();
        for (place, name) in names.iter().enumerate() {
            assert!(!names[..place].contains(name), "{name}");
        }
    }
}

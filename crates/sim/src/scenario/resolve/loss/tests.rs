use firesale_exchange::{AdlPolicy, AdlPrice, AdlTrigger, LossSharing, Surplus, VenueConfig};
use firesale_types::{InstrumentId, Rate, SimDuration, Usd};

use crate::SimApp;
use crate::config::Loader;
use crate::scenario::Scenario;

const HEAD: &str = r#"[scenario]
name = "t"
question = "?"
seed = 1
[clock]
start = "2025-10-10T00:00:00Z"
duration = "10s"
[[assets]]
symbol = "USD"
kind = "dollar"
[[assets]]
symbol = "BTC"
kind = "crypto"
fundamental = { price = 100.0 }
[[venues]]
name = "desk"
settlement = "USD"
"#;

const TAIL: &str = r#"
[[instruments]]
symbol = "BTC-PERP"
venue = "desk"
kind = "perp"
base = "BTC"
tick_size = "1"
lot_size = "1"
tiers = [{ max_leverage = 10 }]
"#;

/// A scenario whose venue has these keys, on line 18.
fn load(keys: &str) -> Result<Scenario, String> {
    let text = format!("{HEAD}{keys}{TAIL}");
    let loader = Loader::new(|name| (name == "t").then(|| ("t.toml".to_owned(), text.clone())));
    Scenario::load("t", &loader.names(["t"]), &[], &SimApp::new())
        .map_err(|e| format!("{e}\n{}", e.render(false)))
}

fn rules(keys: &str) -> VenueConfig {
    load(keys).unwrap().rules.venues[0].config.clone()
}

#[test]
fn plain_values_are_what_they_were() {
    let plain = rules("");
    assert_eq!(
        (plain.adl, plain.insurance_fund),
        (AdlPolicy::Queue, Usd::ZERO)
    );
    assert_eq!(plain.adl_terms, firesale_exchange::AdlTerms::default());
    let named = rules("adl = \"pro_rata\"\ninsurance = \"600M\"");
    assert_eq!(named.adl, AdlPolicy::ProRata);
    assert_eq!(named.insurance_fund, Usd::dollars(600_000_000));
    assert_eq!(named.insurance, plain.insurance);
}

#[test]
fn tables_say_the_rest() {
    let of = rules(
        "adl = { rule = \"quantile\", when = \"fund_drawdown\", price = \"bankruptcy\", \
         drawdown_stop = \"10%\", max_portion = \"50%\" }\n\
         insurance = { capital = \"5M\", surplus = \"fund\", sharing = \"clawback\", \
         clawback_window = \"1d\", pools = [{ name = \"alts\", capital = \"1M\", \
         instruments = [\"BTC-PERP\"] }] }",
    );
    assert_eq!(of.adl, AdlPolicy::Quantile);
    assert_eq!(
        of.adl_terms.trigger,
        AdlTrigger::FundDrawdown {
            start: Rate::bps(3000),
            stop: Rate::bps(1000),
            window: SimDuration::secs(8 * 3600)
        }
    );
    assert_eq!(of.adl_terms.price, Some(AdlPrice::Bankruptcy));
    assert_eq!(of.adl_terms.max_portion, Rate::bps(5000));
    assert_eq!(of.adl_terms.max_notional, Usd::MAX);
    assert_eq!(of.insurance_fund, Usd::dollars(5_000_000));
    assert_eq!(of.insurance.surplus, Surplus::Fund);
    let window = SimDuration::secs(24 * 3600);
    assert_eq!(of.insurance.sharing, LossSharing::Clawback { window });
    let pool = &of.insurance.pools[0];
    assert_eq!(
        (pool.name.as_str(), pool.capital),
        ("alts", Usd::dollars(1_000_000))
    );
    assert_eq!(pool.instruments, [InstrumentId(0)]);
}

#[test]
fn mistakes_have_their_place() {
    let wrong = |keys: &str| load(keys).unwrap_err();
    let cases = [
        ("adl = \"quantil\"", "t.toml:18:7", "quantile"),
        (
            "adl = { when = \"now\" }",
            "t.toml:18:16",
            "negative_equity",
        ),
        ("adl = { rul = \"off\" }", "t.toml:18:9", "rule"),
        (
            "adl = { drawdown_stop = \"1%\" }",
            "t.toml:18:25",
            "drawdown",
        ),
        ("adl = { max_portion = 0 }", "t.toml:18:23", "portion"),
        ("insurance = \"-5\"", "t.toml:18:13", "at least 0"),
        (
            "insurance = { surplus = \"all\" }",
            "t.toml:18:25",
            "account",
        ),
        (
            "insurance = { clawback_window = \"1d\" }",
            "t.toml:18:33",
            "clawback",
        ),
        (
            "insurance = { pools = [{ name = \"a\", instruments = [\"X\"] }] }",
            "t.toml:18:53",
            "there is no instrument `X`",
        ),
        (
            "insurance = { pools = [{ name = \"a\", instruments = [\"BTC-PERP\", \"BTC-PERP\"] }] }",
            "t.toml:18:65",
            "two insurance pools",
        ),
    ];
    for (keys, place, why) in cases {
        let error = wrong(keys);
        assert!(
            error.contains(place) && error.contains(why),
            "{keys}: {error}"
        );
    }
}

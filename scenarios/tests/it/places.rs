//! What is wrong with a rule or a name is said at its key: file, line, column, and what was expected.

use firesale_sim::Scenario;

/// One venue that follows a profile, one that does not.
const MARKET: &str = r#"[scenario]
name = "places"
question = "?"

[clock]
start = "2025-10-10T20:00:00Z"
duration = "1m"

[[assets]]
symbol = "USD"
kind = "dollar"

[[assets]]
symbol = "BTC"
kind = "crypto"
fundamental = { price = 100000.0 }

[[venues]]
name = "desk"
profile = "binance"
settlement = "USD"
adl = "queue"
fees = { maker = "1bps", taker = "5bps" }
limits = { makers = { who = ["makers"], max_spread = "1%", min_size = "1k", uptime = "90%" } }

[[venues]]
name = "pit"
settlement = "USD"

[[instruments]]
symbol = "BTC-PERP"
venue = "desk"
kind = "perp"
base = "BTC"
tick_size = "1"
lot_size = "0.001"

[[instruments]]
symbol = "BTC-PERP"
venue = "pit"
kind = "perp"
base = "BTC"
tick_size = "1"
lot_size = "0.001"
mark = { rule = "median_with_ema", window = "150s" }
funding = { interval = "1h", cap = "4%" }
tiers = [
  { up_to = "3M", max_leverage = 10 },
  { max_leverage = 5 },
]

[[agents]]
kind = "noise_trader"
name = "makers"
count = 10
venues = ["desk", "pit"]
equity = "1000"
wake = { mean = "10s" }
order_usd = 100.0
"#;

/// What is said about a text with an override, one line for each problem; the file is `scenario.toml`.
fn said(text: &str, overrides: &[&str]) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|one| (*one).to_owned()).collect();
    let loader = firesale_scenarios::loader();
    let name = path.to_str().unwrap();
    match Scenario::load(name, &loader, &overrides, &firesale_agents::app()) {
        Ok(_) => (String::new(), String::new()),
        Err(error) => {
            let lines = error.to_string().replace(name, "scenario.toml");
            (lines, error.render(false))
        }
    }
}

/// The line and column of the first appearance of `found` in a text, from 1.
fn place(text: &str, found: &str) -> (usize, usize) {
    let at = text.find(found).unwrap();
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    (line, at - before.rfind('\n').map_or(0, |end| end + 1) + 1)
}

/// Writes `to` in place of `from`; the one problem must lie at `marked` and begin with `key: words`.
#[track_caller]
fn expect(from: &str, to: &str, marked: &str, words: &str) {
    assert_eq!(MARKET.matches(from).count(), 1, "`{from}` is not one place");
    let text = MARKET.replace(from, to);
    let start = text.find(to).unwrap();
    let (line, column) = place(&text[start..], marked);
    let (first, offset) = place(&text, to);
    let column = if line == 1 {
        column + offset - 1
    } else {
        column
    };
    let (lines, rendered) = said(&text, &[]);
    let expected = format!("scenario.toml:{}:{column}: {words}", first + line - 1);
    assert!(
        lines.starts_with(&expected),
        "{expected}\n{lines}\n{rendered}"
    );
    assert!(!lines.contains('\n'), "one problem expected:\n{lines}");
}

/// The same for an override, whose text is a file of its own.
#[track_caller]
fn expect_set(over: &str, column: usize, words: &str) {
    let (lines, rendered) = said(MARKET, &[over]);
    let line = lines.lines().next().unwrap_or_default();
    assert!(line.starts_with("--set "), "{lines}\n{rendered}");
    assert!(
        line.contains(&format!(":1:{column}: {words}")),
        "{lines}\n{rendered}"
    );
}

#[test]
fn the_market_is_good() {
    assert_eq!(said(MARKET, &[]).0, "");
}

#[test]
fn rules_that_the_venue_refuses_point_at_their_key() {
    expect(
        "taker = \"5bps\"",
        "taker = \"-200%\"",
        "\"-200%\"",
        "venues[0].fees.taker: venue: a trading fee lies between -100% and 100%, both excluded",
    );
    expect(
        "maker = \"1bps\"",
        "maker = \"-9bps\"",
        "\"-9bps\"",
        "venues[0].fees.maker: venue: the maker's rebate is more",
    );
    expect(
        "max_spread = \"1%\"",
        "max_spread = \"-1%\"",
        "\"-1%\"",
        "venues[0].limits.makers.max_spread: venue: the market makers' widest spread",
    );
    expect(
        "adl = \"queue\"\n",
        "adl = { rule = \"queue\", max_portion = \"200%\" }\n",
        "\"200%\"",
        "venues[0].adl.max_portion: venue: the largest portion of deleveraging is not between",
    );
    expect(
        "name = \"pit\"\n",
        "name = \"pit\"\nbreaker = { rolling = { width = \"2%\", window = \"0s\" } }\n",
        "\"0s\"",
        "venues[1].breaker.rolling.window: venue: the window or the pause of the rolling breaker",
    );
    expect(
        "name = \"pit\"\n",
        "name = \"pit\"\ngates = { daily_limit = \"0\" }\n",
        "\"0\"",
        "venues[1].gates.daily_limit: venue: the daily limit of withdrawals is not positive",
    );
    expect(
        "name = \"pit\"\n",
        "name = \"pit\"\nmargin = { portfolio = { minimum = \"-1%\" } }\n",
        "\"-1%\"",
        "venues[1].margin.portfolio.minimum: venue: a rate of portfolio margin",
    );
}

#[test]
fn rules_of_instruments_point_at_their_key() {
    expect(
        "cap = \"4%\"",
        "cap = \"-4%\"",
        "\"-4%\"",
        "instruments[1].funding.cap: instrument BTC-PERP: the funding clamp or cap",
    );
    // 50 times the 5% of the first tier.
    expect(
        "cap = \"4%\"",
        "cap = { maintenance = 50 }",
        "{ maintenance",
        "instruments[1].funding.cap: instrument BTC-PERP: the funding clamp or cap",
    );
    expect(
        "cap = \"4%\"",
        "cap = { maintenance = 0.75, of = 1 }",
        "of = 1",
        "instruments[1].funding.cap.of: unknown key",
    );
    expect(
        "interval = \"1h\"",
        "interval = \"0s\"",
        "\"0s\"",
        "instruments[1].funding.interval: instrument BTC-PERP: a funding interval is not positive",
    );
    expect(
        "  { max_leverage = 5 },",
        "  { up_to = \"1M\", max_leverage = 5 },",
        "\"1M\"",
        "instruments[1].tiers[1].up_to: margin tier 2: its cap is not above the cap before it",
    );
    expect(
        "up_to = \"3M\", max",
        "up_to = \"3M\", maintenance = \"-1%\", max",
        "\"-1%\"",
        "instruments[1].tiers[0].maintenance: margin tier 1: maintenance margin is not between",
    );
}

#[test]
fn windows_of_marks_point_at_their_key() {
    expect(
        "window = \"150s\"",
        "window = \"150s\", short_ema = \"200s\"",
        "\"200s\"",
        "instruments[1].mark.short_ema: `short_ema` (3m20s) is longer than `window` (2m30s)",
    );
    expect(
        "window = \"150s\"",
        "window = \"150s\", short_ema = \"0s\"",
        "\"0s\"",
        "instruments[1].mark.short_ema: `short_ema` must be positive",
    );
    expect(
        "rule = \"median_with_ema\", window = \"150s\"",
        "rule = \"median_of_three\", short_ema = \"30s\"",
        "\"30s\"",
        "instruments[1].mark.short_ema: this mark rule has no `short_ema`",
    );
    expect(
        "rule = \"median_with_ema\", window",
        "rule = \"last\", window",
        "\"150s\"",
        "instruments[1].mark.window: this mark rule has no `window`",
    );
}

/// A profile's own key that an override of something else makes wrong is shown in the profile.
#[test]
fn a_profile_is_named_where_it_holds_the_key() {
    // Its mark is a mean over 30 s, which needs a mark period.
    let (lines, _) = said(MARKET, &["venues.desk.mark_period=0s"]);
    let profile = firesale_exchange::profiles::ALL;
    let (_, binance) = profile.iter().find(|(name, _)| *name == "binance").unwrap();
    let (line, column) = place(binance, "{ rule = \"median_of_three\"");
    let expected = format!("profiles/binance.toml:{line}:{column}: instruments[0].mark: ");
    assert!(lines.starts_with(&expected), "{expected}\n{lines}");
}

#[test]
fn overrides_are_shown_at_their_value() {
    expect_set("venues.desk.fees.taker=-200%", 24, "venues[0].fees.taker: ");
    expect_set(
        "venues.pit.liquidation.partial_fraction=0",
        41,
        "venues[1].liquidation.partial_fraction: venue: the partial fraction",
    );
    expect_set(
        "instruments.BTC-PERP@pit.tiers=[{ up_to = \"3M\", max_leverage = 10 }, { up_to = \"1M\", max_leverage = 5 }]",
        80,
        "instruments[1].tiers[1].up_to: margin tier 2",
    );
    expect_set(
        "venues.desk.backstop={ capital = \"-1\" }",
        34,
        "venues[0].backstop.capital: ",
    );
}

#[test]
fn an_override_reaches_into_a_short_form() {
    let loads = |overrides: &[&str]| assert_eq!(said(MARKET, overrides).0, "", "{overrides:?}");
    loads(&["venues.desk.adl.price=previous_mark"]);
    loads(&[
        "venues.desk.adl.rule=pro_rata",
        "venues.desk.adl.when=negative_equity",
    ]);
    loads(&[
        "venues.pit.insurance=5M",
        "venues.pit.insurance.surplus=fund",
    ]);
    loads(&[
        "instruments.BTC-PERP@pit.mark=median_with_ema",
        "instruments.BTC-PERP@pit.mark.short_ema=10s",
    ]);
    expect_set("venues.desk.adl.rule=fairest", 22, "venues[0].adl.rule: ");
    expect_set(
        "instruments.BTC-PERP@pit.funding.cap.maintenance=0.75",
        38,
        "instruments[1].funding.cap: `instruments[1].funding.cap` is the string \"4%\", it has no parts",
    );
    let (_, shown) = said(
        MARKET,
        &["instruments.BTC-PERP@pit.funding.cap.maintenance=0.75"],
    );
    assert!(
        shown.contains("funding.cap={ maintenance = ... }"),
        "{shown}"
    );
    // What the short form says stays: with the rule of the file this price is refused nowhere, and
    // the resolved scenario has both.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scenario.toml");
    std::fs::write(&path, MARKET.replace("\"queue\"", "\"largest\"")).unwrap();
    let loader = firesale_scenarios::loader();
    let set = ["venues.desk.adl.price=bankruptcy".to_owned()];
    let app = firesale_agents::app();
    let scenario = Scenario::load(path.to_str().unwrap(), &loader, &set, &app).unwrap();
    let adl = scenario.resolved_toml();
    assert!(
        adl.contains("rule = \"largest\"") && adl.contains("price = \"bankruptcy\""),
        "{adl}"
    );
}

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    expect(
        "who = [\"makers\"]",
        "who = [\"makers\", \"markers\"]",
        "\"markers\"",
        "venues[0].limits.makers.who[1]: there is no population or account here called `markers`",
    );
    expect(
        "equity = \"1000\"\n",
        "equity = \"1000\"\nshares = { BTC-PERP = 1.0, \"BTC.PERP\" = 2.0 }\n",
        "2.0",
        "agents[0].shares.\"BTC.PERP\": there is no instrument `BTC.PERP`",
    );
    expect(
        "equity = \"1000\"\n",
        "equity = \"1000\"\ninventory = { DOGE = \"5\" }\n",
        "\"5\"",
        "agents[0].inventory.DOGE: there is no asset `DOGE`",
    );
    expect(
        "name = \"pit\"\n",
        "name = \"pit\"\nmargin = { portfolio = { overrides = { ETH = [\"1%\"] } } }\n",
        "[\"1%\"]",
        "venues[1].margin.portfolio.overrides.ETH: there is no instrument `ETH`",
    );
    expect(
        "[[agents]]\n",
        "[[shocks]]\nat = \"10s\"\nkind = \"news\"\njump = { BTX = \"-5%\" }\n\n[[agents]]\n",
        "\"-5%\"",
        "shocks[0].jump.BTX: there is no asset `BTX`",
    );
    expect(
        "name = \"pit\"\n",
        "name = \"pit\"\nplatform = { own_token = \"USD\" }\n",
        "\"USD\"",
        "venues[1].platform.own_token: there is no traded or pledged asset here called `USD`",
    );
    let groups = [
        "venues.desk.breaker.group=us",
        "venues.pit.breaker.group=use",
    ];
    let (lines, shown) = said(MARKET, &groups);
    let typo =
        "--set venues.pit.breaker.group=use:1:26: venues[1].breaker.group: there is no other";
    assert!(lines.contains(typo), "{lines}");
    assert!(shown.ends_with("known: us"), "{shown}");
    let (_, shown) = said(MARKET, &["venues.desk.limits.makers.who=[\"nobody\"]"]);
    assert!(shown.contains("known: makers"), "{shown}");
}

/// The keys of kinds, too: markets and assets in the tables of market makers and others.
#[test]
fn unknown_names_in_the_keys_of_kinds_are_refused() {
    for (over, words) in [
        (
            "agents.mm.depth_at_1pct={ \"BTC-PERP.pluto\" = 5 }",
            "there is no market `BTC-PERP.pluto`",
        ),
        (
            "agents.mm.beta={ BTX = 1.5 }",
            "there is no market on an asset `BTX`",
        ),
        (
            "agents.mm.leader=BTX",
            "agents[1].leader: there is no market on an asset `BTX`",
        ),
    ] {
        let mm = "\n[[agents]]\nkind = \"market_maker\"\nname = \"mm\"\ncount = 2\nvenue = \"pit\"\n\
                  equity = \"1M\"\nwake = { every = \"1s\" }\n\
                  depth_at_1pct = { \"BTC-PERP.pit\" = \"1M\" }\n\
                  calm_volatility = { BTC = 1e-4 }\nhalf_quote_at = { BTC = 10.0 }\n";
        let (lines, _) = said(&format!("{MARKET}{mm}"), &[over]);
        assert!(
            lines.starts_with("--set agents.mm.") && lines.contains(words),
            "{lines}"
        );
    }
}

use super::*;

/// The key at fault of a market that `change` has spoiled.
fn key(change: impl FnOnce(&mut LendingConfig)) -> String {
    let mut config = market();
    change(&mut config);
    let error = LendingPool::new(config, NOW).unwrap_err();
    assert!(!error.message.is_empty() && error.to_string().starts_with(&error.key));
    error.key
}

#[test]
fn reserves_that_make_no_sense() {
    let of = |change: fn(&mut ReserveConfig)| key(|it| change(&mut it.reserves[0]));
    assert_eq!(
        of(|r| r.liquidation_threshold_bps = 10_001),
        "reserves[0].liquidation_threshold_bps"
    );
    assert_eq!(of(|r| r.ltv_bps = 8_001), "reserves[0].ltv_bps");
    // 0.8 * 1.2501 > 1; 0.8 * 1.25 = 1 is admitted.
    assert_eq!(
        of(|r| r.liquidation_bonus_bps = 2_501),
        "reserves[0].liquidation_bonus_bps"
    );
    assert_eq!(
        of(|r| r.protocol_fee_bps = 10_001),
        "reserves[0].protocol_fee_bps"
    );
    assert_eq!(
        of(|r| r.reserve_factor_bps = 10_001),
        "reserves[0].reserve_factor_bps"
    );
    assert_eq!(of(|r| r.decimals = 19), "reserves[0].decimals");
    assert_eq!(of(|r| r.price = 0), "reserves[0].price");
    assert_eq!(of(|r| r.supply_cap = Some(0)), "reserves[0].supply_cap");
    assert_eq!(of(|r| r.symbol.clear()), "reserves[0].symbol");
    assert_eq!(
        of(|r| r.rate.optimal_bps = 0),
        "reserves[0].rate.optimal_bps"
    );
    assert_eq!(
        of(|r| r.rate.optimal_bps = 10_000),
        "reserves[0].rate.optimal_bps"
    );
    assert_eq!(of(|r| r.rate.slope1_bps = 1), "reserves[0].rate.slope2_bps");
    assert_eq!(
        of(|r| r.rate.base_bps = 100_001),
        "reserves[0].rate.slope2_bps"
    );
    assert_eq!(
        of(|r| {
            r.ltv_bps = 0;
            r.liquidation_threshold_bps = 0;
        }),
        "reserves[0].collateral"
    );
    assert_eq!(key(|it| it.reserves.clear()), "reserves");
    assert_eq!(
        key(|it| it.reserves[1].symbol = "COIN".to_owned()),
        "reserves[1].symbol"
    );
    let mut edge = market();
    edge.reserves[0].liquidation_bonus_bps = 2_500;
    assert!(edge.validate().is_ok());
}

#[test]
fn pegs_that_lead_nowhere() {
    let peg = |to, value| PriceSource::Pegged { to, value };
    let at = |source| key(|it| it.reserves[0].source = source);
    assert_eq!(
        at(peg(Some(ReserveId(2)), 1)),
        "reserves[0].source.pegged.to"
    );
    assert_eq!(at(peg(Some(COIN), 1)), "reserves[0].source.pegged.to");
    assert_eq!(at(peg(None, 0)), "reserves[0].source.pegged.value");
    let chain = |it: &mut LendingConfig| {
        it.reserves[0].source = peg(Some(USD), 1);
        it.reserves[1].source = peg(None, 1);
    };
    assert_eq!(key(chain), "reserves[0].source.pegged.to");
}

#[test]
fn categories_and_liquidation() {
    let category = || CategoryConfig {
        label: "dollars".to_owned(),
        ltv_bps: 9_000,
        liquidation_threshold_bps: 9_300,
        liquidation_bonus_bps: 200,
        collateral: vec![COIN],
        borrowable: vec![USD],
        source: None,
    };
    let of = |change: fn(&mut CategoryConfig)| {
        key(|it| {
            let mut one = category();
            change(&mut one);
            it.categories.push(one);
        })
    };
    assert_eq!(of(|c| c.ltv_bps = 9_301), "categories[0].ltv_bps");
    assert_eq!(
        of(|c| c.liquidation_bonus_bps = 753),
        "categories[0].liquidation_bonus_bps"
    );
    assert_eq!(
        of(|c| c.borrowable.push(ReserveId(7))),
        "categories[0].borrowable[1]"
    );
    let close = |factor, full, leftover| {
        key(|it| {
            it.liquidation = LiquidationRule::CloseFactor {
                close_factor_bps: factor,
                full_close_factor_at: full,
                small_position: 200_000_000_000,
                min_leftover: leftover,
            };
        })
    };
    assert_eq!(close(0, 0, 0), "liquidation.close_factor.close_factor_bps");
    assert_eq!(
        close(10_001, 0, 0),
        "liquidation.close_factor.close_factor_bps"
    );
    assert_eq!(
        close(5_000, u64::MAX, 0),
        "liquidation.close_factor.full_close_factor_at"
    );
    assert_eq!(
        close(5_000, 0, 100_000_000_001),
        "liquidation.close_factor.min_leftover"
    );
    let absorb = |base, store_front_bps| {
        key(|it| {
            it.liquidation = LiquidationRule::Absorb {
                base,
                store_front_bps,
            }
        })
    };
    assert_eq!(absorb(ReserveId(9), 0), "liquidation.absorb.base");
    assert_eq!(absorb(USD, 10_001), "liquidation.absorb.store_front_bps");
    // The coin is borrowable here.
    assert_eq!(absorb(USD, 5_000), "reserves[0].borrowable");
}

#[test]
fn a_market_survives_its_text() {
    let mut pool = borrowed(market(), 15_000 * D);
    pool.set_price(COIN, 1_500 * P).unwrap();
    let text = serde_json::to_string(&pool).unwrap();
    let back: LendingPool = serde_json::from_str(&text).unwrap();
    assert_eq!(back, pool);
    assert_eq!(back.liquidatable(NOW), [BORROWER]);
    let odd = r#"{"base_bps":0,"slope1_bps":0,"slope2_bps":0,"optimal_bps":1,"kink":2}"#;
    assert!(serde_json::from_str::<RateConfig>(odd).is_err());
}

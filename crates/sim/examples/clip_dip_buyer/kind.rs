//! Buys a fixed clip each time it looks, once the mid has fallen far enough from its high.

use firesale_sim::prelude::*;

/// The keys that the kind adds to `[[agents]]`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DipBuyerConfig {
    /// Fall from the high since the start, in basis points, at which the keenest member buys.
    drawdown_bps: u32,
    /// Dollars of one purchase, for one real account.
    clip: Money,
}

/// What a member remembers: its own threshold.
#[derive(Component, Serialize, Deserialize)]
pub struct DipBuyer {
    drawdown_bps: u32,
}

impl AgentKind for DipBuyer {
    const KIND: &'static str = "clip_dip_buyer";
    type Config = DipBuyerConfig;

    fn new(config: &DipBuyerConfig, rng: &mut AgentRng) -> Self {
        // Members differ: thresholds are spread between one and two times the key.
        let spread = rng.range(1.0, 2.0);
        Self {
            drawdown_bps: (f64::from(config.drawdown_bps) * spread) as u32,
        }
    }
}

fn decide(mut agents: Agents<'_, '_, DipBuyer>) {
    agents.par_decide(|me, turn| {
        let market = turn.market();
        if turn.view().drawdown_bps(market) < me.drawdown_bps {
            return;
        }
        let mid = turn.quote(market).mid;
        let dollars = turn.config().clip.get().to_f64() * f64::from(turn.weight());
        let qty = turn
            .info(market)
            .lots(dollars.min(turn.buying_power(market)), mid);
        let worst = turn.info(market).price(mid * 1.002);
        turn.submit(Intent::buy(qty).at_worst(worst));
    });
}

/// Registers the kind.
pub struct DipBuyerPlugin;

impl Plugin for DipBuyerPlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<DipBuyer, _>(decide);
    }
}

//! What a venue holds of the world's money, for those who count it across venues.

use firesale_types::{AssetId, InstrumentId, Price, Usd};

use crate::Exchange;

impl Exchange {
    /// What came from outside less what went there, of one asset in millionths. For the settlement
    /// asset it includes, as a constant, what seeded positions cost on balance.
    #[must_use]
    pub fn external(&self, asset: AssetId) -> i128 {
        let settlement = if asset == self.state.config.settlement {
            self.state.external
        } else {
            0
        };
        settlement
            + self
                .state
                .asset(asset)
                .map_or(0, |place| self.state.assets[place].external)
    }

    /// The price of an asset here, in micro-USD a unit, once there is one.
    #[must_use]
    pub fn asset_price(&self, asset: AssetId) -> Option<Usd> {
        let price = self.state.assets[self.state.asset(asset)?].price;
        (price > Usd::ZERO).then_some(price)
    }

    /// The mid price elsewhere, once it has been reported.
    #[must_use]
    pub fn other_mid_of(&self, instrument: InstrumentId) -> Option<Price> {
        self.state.instruments[instrument.index()].other_mid
    }

    /// Whether the venue has any use for an asset: settlement, collateral, or the base of an instrument.
    #[must_use]
    pub fn uses_asset(&self, asset: AssetId) -> bool {
        asset == self.state.config.settlement || self.state.asset(asset).is_some()
    }
}

//! The assets of a run: their names, and how finely each is counted.

use bevy_ecs::prelude::Resource;
use firesale_types::{AssetId, TokenUnits, Usd};

/// One asset.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its symbol.
    pub symbol: String,
    /// How finely it is counted on chains and on venues.
    pub units: TokenUnits,
}

/// All assets, in the order of the scenario.
#[derive(Clone, Debug, Default, Resource)]
pub struct Assets(Vec<Asset>);

impl Assets {
    pub(crate) fn new(assets: impl IntoIterator<Item = Asset>) -> Self {
        Self(assets.into_iter().collect())
    }

    /// One asset.
    #[must_use]
    pub fn get(&self, asset: AssetId) -> &Asset {
        &self.0[asset.index()]
    }

    /// The asset with a symbol.
    #[must_use]
    pub fn find(&self, symbol: &str) -> Option<AssetId> {
        let at = self.0.iter().position(|asset| asset.symbol == symbol)?;
        Some(AssetId(at as u16))
    }

    /// All of them, with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        let numbered = self.0.iter().enumerate();
        numbered.map(|(at, asset)| (AssetId(at as u16), asset))
    }

    /// Whole units in an amount on venues or in a wallet.
    #[inline]
    #[must_use]
    pub fn units(&self, asset: AssetId, amount: Usd) -> f64 {
        self.get(asset).units.venue_to_f64(amount.0)
    }
}

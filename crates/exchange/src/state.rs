//! Everything a venue knows beside its books.

use firesale_types::{
    AccountId, AssetId, InstrumentId, Price, Qty, Rate, Rounding, SimTime, Usd, mul_div,
};
use serde::{Deserialize, Serialize};

use crate::account::{Account, AccountSpec};
use crate::attribution::{ImpactLedger, window_of};
use crate::brakes::Brakes;
use crate::clearing::Clearing;
use crate::digest::Digest;
use crate::genealogy::Genealogy;
use crate::instrument::Instrument;
use crate::limits::MAX_PRICE;
use crate::liquidation::{Liquidation, Pools, Realised};
use crate::platform::Platform;
use crate::portfolio::Grid;
use crate::triggers::Triggers;
use crate::vault::VaultShares;
use crate::{Exchange, VenueConfig};

/// An asset other than the settlement asset.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Asset {
    pub(crate) id: AssetId,
    /// In micro-USD per whole unit; zero until the first price of an asset that is no collateral.
    pub(crate) price: Usd,
    /// The part of its value that counts, if it is collateral; of a small holding, if there are
    /// tiers.
    pub(crate) counts: Option<Rate>,
    /// From which value of one real account's holding on another part counts, rising.
    pub(crate) tiers: Vec<(i64, Rate)>,
    /// Registered triggers on its price.
    pub(crate) triggers: Triggers,
    /// Who moved its price lately, if it is collateral.
    pub(crate) impact: ImpactLedger,
    /// Deposits less withdrawals, in millionths of a unit.
    #[serde(with = "crate::wide")]
    pub(crate) external: i128,
}

impl Asset {
    /// What an amount counts as collateral at a price, rounded down, for an account of this
    /// weight.
    #[inline]
    pub(crate) fn collateral_value(&self, amount: Usd, price: Usd, weight: u32) -> i64 {
        let Some(counts) = self.counts else { return 0 };
        let most = i128::from(i64::MAX / 4);
        let whole = i128::from(amount.0) * i128::from(price.0) / 1_000_000;
        let mut counted = whole.min(most) * i128::from(counts.0);
        let mut before = counts;
        for &(above, counts) in &self.tiers {
            let beyond = whole.min(most) - i128::from(above) * i128::from(weight);
            counted -= beyond.max(0) * i128::from(before.0 - counts.0);
            before = counts;
        }
        (counted / i128::from(Rate::ONE.0)).min(most) as i64
    }
}

/// The state of a venue, books apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) config: VenueConfig,
    /// The clearing house, if the venue is cleared.
    pub(crate) clearing: Option<Clearing>,
    /// The scenarios of portfolio margin, if the venue has it.
    pub(crate) grid: Option<Grid>,
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) assets: Vec<Asset>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) liquidations: Vec<Liquidation>,
    pub(crate) genealogy: Genealogy,
    pub(crate) brakes: Brakes,
    pub(crate) platform: Platform,
    /// The pools of the insurance fund.
    pub(crate) pools: Pools,
    /// Realised profits, where they can be clawed back.
    pub(crate) realised: Option<Realised>,
    /// Accounts to look at before the event ends, each once.
    pub(crate) touched: Vec<AccountId>,
    /// Instruments in which the present event traded or moved a price that orders watch, each once.
    pub(crate) stirred: Vec<InstrumentId>,
    /// Whether stale triggers should be dropped.
    pub(crate) crowded: bool,
    /// Settlement money that came from outside, less what went there.
    #[serde(with = "crate::wide")]
    pub(crate) external: i128,
    /// When the liquidation engine can make its next step.
    pub(crate) engine_free: SimTime,
    /// Who owns the backstop vault.
    pub(crate) vault: VaultShares,
    /// Orders by which vault and fund have sold.
    pub(crate) unwind_orders: u16,
    /// Deficits booked so far.
    #[serde(with = "crate::wide")]
    pub(crate) bad_debt: i128,
    pub(crate) digest: Digest,
}

impl State {
    pub(crate) fn new(config: VenueConfig) -> Self {
        let assets = assets_of(&config);
        let base = |asset: AssetId| assets.iter().position(|a| a.id == asset).unwrap_or(0);
        let instruments = config
            .instruments
            .iter()
            .map(|one| Instrument::new(one, base(one.base), config.margin_call_ratio))
            .collect();
        let system = |max_slots| {
            Account::new(&AccountSpec {
                max_slots,
                ..AccountSpec::default()
            })
        };
        // Only insurance pools and the vault may trade.
        let may_trade = |id: u32| {
            let id = AccountId(id);
            id == Exchange::INSURANCE || id == Exchange::BACKSTOP || id >= Exchange::FIRST_POOL
        };
        let slots = |id| if may_trade(id) { 256 } else { 0 };
        let accounts = (0..Exchange::SYSTEM_ACCOUNTS)
            .map(|id| system(slots(id)))
            .collect();
        let grid = config.portfolio.as_ref();
        let mut state = Self {
            clearing: Clearing::new(&config),
            grid: grid.map(|rules| Grid::new(&config, rules)),
            instruments,
            assets,
            accounts,
            liquidations: Vec::new(),
            genealogy: Genealogy::default(),
            brakes: Brakes::new(&config),
            platform: Platform::new(&config),
            pools: Pools::new(&config),
            realised: Realised::new(config.insurance.sharing, config.instruments.len()),
            touched: Vec::new(),
            stirred: Vec::new(),
            crowded: false,
            external: 0,
            engine_free: SimTime(i64::MIN),
            vault: VaultShares::default(),
            unwind_orders: 0,
            bad_debt: 0,
            digest: Digest::default(),
            config,
        };
        let fund = state.config.insurance_fund;
        let vault = state
            .config
            .backstop
            .map_or(Usd::ZERO, |vault| vault.capital);
        state.add_external(Exchange::INSURANCE, fund);
        state.add_external(Exchange::BACKSTOP, vault);
        state.vault.total = vault.0;
        state.endow_pools();
        if let Some(clearing) = &state.clearing {
            let own = clearing.own[0] + clearing.own[1];
            state.add_external(Exchange::CLEARING_CAPITAL, own);
        }
        state.begin_margins();
        state
    }

    /// Settlement money arrives from outside, or leaves.
    pub(crate) fn add_external(&mut self, account: AccountId, amount: Usd) {
        self.accounts[account.index()].cash += amount;
        self.external += i128::from(amount.0);
    }

    /// Marks an account to be looked at before the event ends; `moved` if its own balances or
    /// positions changed.
    #[inline]
    pub(crate) fn touch(&mut self, account: AccountId, moved: bool) {
        let state = &mut self.accounts[account.index()];
        state.moved |= moved;
        if !state.touched {
            state.touched = true;
            self.touched.push(account);
        }
    }

    /// Marks an instrument to be looked after when the event ends.
    #[inline]
    pub(crate) fn stir(&mut self, instrument: InstrumentId) {
        let state = &mut self.instruments[instrument.index()];
        if !state.stirred {
            state.stirred = true;
            self.stirred.push(instrument);
        }
    }

    /// Whether the venue itself owns the account: it is never called or liquidated.
    #[inline]
    pub(crate) const fn is_system(account: AccountId) -> bool {
        account.0 < Exchange::SYSTEM_ACCOUNTS
    }

    pub(crate) fn asset(&self, asset: AssetId) -> Option<usize> {
        self.assets.iter().position(|a| a.id == asset)
    }

    /// An asset's price in ticks of an instrument that has it as base.
    pub(crate) fn in_ticks(&self, instrument: InstrumentId, price: Usd) -> Price {
        let i = &self.instruments[instrument.index()];
        let ticks = i
            .unit
            .checked_mul(1_000_000)
            .and_then(|tick| mul_div(price.0, i.lot_units, tick, Rounding::HalfEven).ok());
        Price(ticks.unwrap_or(MAX_PRICE.0).clamp(1, MAX_PRICE.0))
    }

    /// What a position in the instrument is worth to the micro-dollar, saturating.
    #[inline]
    pub(crate) fn value(&self, instrument: InstrumentId, price: Price, qty: Qty) -> i64 {
        crate::limits::value(qty.0, price.0, self.instruments[instrument.index()].unit)
    }
}

/// All assets of the venue but the settlement asset: collateral first, then the bases.
fn assets_of(config: &VenueConfig) -> Vec<Asset> {
    // Collateral is remembered as long as the marks beside it.
    let windows = config.instruments.iter().map(|one| window_of(&one.mark));
    let window = windows.max().unwrap_or(window_of(&crate::MarkRule::Index));
    let asset = |id, price: Usd, counts| Asset {
        id,
        price,
        counts,
        tiers: Vec::new(),
        triggers: Triggers::default(),
        impact: ImpactLedger::over(window, price.0),
        external: 0,
    };
    let collateral = config.collateral.iter();
    let mut assets: Vec<Asset> = collateral
        .map(|c| Asset {
            tiers: c
                .tiers
                .iter()
                .map(|tier| (tier.above.0, Rate::ONE - tier.haircut))
                .collect(),
            ..asset(c.asset, c.initial_price, Some(Rate::ONE - c.haircut))
        })
        .collect();
    for one in &config.instruments {
        if assets.iter().all(|known| known.id != one.base) {
            assets.push(asset(one.base, Usd::ZERO, None));
        }
    }
    assets
}

//! The rows of all tables.

mod account;
mod chain;
mod clearing;
mod genealogy;
mod halt;
mod liquidation;
mod market;
mod population;
mod stable;
mod trading;

pub use account::{AccountRow, BadDebtRow, MarginCallRow, PositionRow};
pub use chain::{ChainRow, HealthRow, LendingRow, LiquidityRow, PoolRow, PoolTickRow, SeizureRow};
pub use clearing::WaterfallRow;
pub use genealogy::{BranchingRow, BreachRow, CauseRow, StopRow};
pub use halt::HaltRow;
pub use liquidation::{AdlRow, CascadeRow, LiquidationRow, link_key, liquidation_key};
pub use market::{DeliveryRow, DepthRow, FundingRow, TickRow};
pub use population::{LeverageRow, PopulationRow};
pub use stable::{PegRow, RedemptionRow, ReserveRow, StablecoinRow};
pub use trading::{OrderRow, TradeRow};

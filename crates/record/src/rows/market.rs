//! The state of markets.

use firesale_types::{InstrumentId, Side, Usd, VenueId};

use crate::table::table;

table! {
    /// The state of one instrument at one record step; flows count what happened since the
    /// previous step.
    TickRow in "ticks" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// Price of the last trade.
        last: f64 = "USD",
        /// Lowest price traded since the previous step; the last one if there was no trade.
        low: f64 = "USD",
        /// Highest price traded since the previous step; the last one if there was no trade.
        high: f64 = "USD",
        /// Mean of best bid and best ask; missing when a side is empty.
        mid: f64 = "USD",
        /// Price at which positions are valued; missing for spot.
        mark: f64 = "USD",
        /// Price of the underlying that the oracle shows.
        index: f64 = "USD",
        /// Best ask minus best bid, over the mid; missing when a side is empty.
        spread_bps: f64 = "bps",
        /// Resting bids at or above 99% of the mid.
        bid_depth_1pct_usd: f64 = "USD",
        /// Resting asks at or below 101% of the mid.
        ask_depth_1pct_usd: f64 = "USD",
        /// Sum of long positions at the mark, which equals that of the short ones.
        open_interest_usd: f64 = "USD",
        /// Funding rate of the current interval.
        funding_rate: f64 = "fraction per interval",
        /// Traded since the previous step.
        volume_usd: f64 = "USD",
        /// Long positions closed by force since the previous step, at their fill prices.
        liquidated_long_usd: f64 = "USD",
        /// Short positions closed by force since the previous step, at their fill prices.
        liquidated_short_usd: f64 = "USD",
        /// Winners' positions closed by auto-deleveraging since the previous step.
        adl_usd: f64 = "USD",
        /// The venue's insurance fund, the same for all its instruments.
        insurance_usd: f64 = "USD",
        /// Cascade number: forced selling that one dollar of forced selling brings about; above 1
        /// the fall feeds itself.
        cascade_number: f64 = "dimensionless",
    }
}

table! {
    /// Resting orders of one side between two distances from the mid.
    DepthRow in "depth" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// Bids (buy) or asks (sell).
        side: Side = "buy, sell",
        /// The nearer edge of the band, exclusive but for 0.
        from_bps: f64 = "bps from the mid",
        /// The further edge of the band, inclusive.
        to_bps: f64 = "bps from the mid",
        /// Price times quantity of the orders in the band.
        notional_usd: f64 = "USD",
    }
}

table! {
    /// One dated future that was delivered.
    DeliveryRow in "deliveries" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// The settlement price.
        price: f64 = "USD",
    }
}

table! {
    /// One payment of funding.
    FundingRow in "funding" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The venue.
        venue: VenueId = "name",
        /// The instrument.
        instrument: InstrumentId = "symbol",
        /// The rate; positive: longs pay.
        rate: f64 = "fraction per interval",
        /// What longs paid to shorts in total; negative: shorts paid.
        paid: Usd = "USD",
    }
}

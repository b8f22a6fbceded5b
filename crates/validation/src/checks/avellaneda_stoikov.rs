//! Closed forms of Avellaneda and Stoikov, "High-frequency trading in a limit order book",
//! Quantitative Finance 8 (2008) 217: where a market maker with inventory quotes.
//!
//! Prices are in currency units, time in any unit as long as `sigma` is per square root of it.

/// The price at which the maker does not mind its inventory of `q` lots: s - q gamma sigma^2 tau
/// (equation 29), `tau` being the time to the horizon.
#[must_use]
pub fn reservation_price(mid: f64, q: f64, gamma: f64, sigma: f64, tau: f64) -> f64 {
    mid - q * gamma * sigma * sigma * tau
}

/// The total spread that is best under exponential fill rates A exp(-k distance):
/// gamma sigma^2 tau + (2 / gamma) ln(1 + gamma / k) (equation 30).
#[must_use]
pub fn optimal_spread(gamma: f64, sigma: f64, tau: f64, k: f64) -> f64 {
    gamma * sigma * sigma * tau + constant_spread(gamma, k)
}

/// The part of [`optimal_spread`] that does not shrink towards the horizon: (2 / gamma) ln(1 +
/// gamma / k). The tables of the paper are made with this spread: the 1.29, 1.33 and 1.15 that they
/// name are its values.
#[must_use]
pub fn constant_spread(gamma: f64, k: f64) -> f64 {
    2.0 / gamma * libm::log1p(gamma / k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_named_in_the_tables() {
        for (gamma, printed) in [(0.1, 1.29), (0.01, 1.33), (0.5, 1.15)] {
            assert!((constant_spread(gamma, 1.5) - printed).abs() < 0.005);
        }
        assert!(
            (optimal_spread(0.1, 2.0, 0.5, 1.5) - constant_spread(0.1, 1.5) - 0.2).abs() < 1e-12
        );
        assert!((reservation_price(100.0, 3.0, 0.1, 2.0, 0.5) - 99.4).abs() < 1e-12);
    }
}

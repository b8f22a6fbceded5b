//! Published figures that checks feed to the engine.

pub(crate) mod hyperliquid_waves;

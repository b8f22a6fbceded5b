//! Lending markets: supply, debt, health factor, liquidation, bad debt.

//! The venue from outside: closed forms, stages by hand, the index against the sweep, random
//! commands under audit.

mod admission;
mod cascade;
mod clearing;
mod commands;
mod defaults;
mod genesis;
mod index;
mod lab;
mod liquidation;
mod portfolio;
mod prices;
mod settlement;

//! The venue from outside: closed forms, stages by hand, the index against the sweep, random
//! commands under audit.

mod admission;
mod braked;
mod brakes;
mod cascade;
mod commands;
mod genesis;
mod index;
mod lab;
mod liquidation;
mod platform;
mod prices;
mod settlement;

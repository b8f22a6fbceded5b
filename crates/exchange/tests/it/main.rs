//! The venue from outside: closed forms, stages by hand, the index against the sweep, random
//! commands under audit.

mod adl;
mod adl_audit;
mod admission;
mod braked;
mod brakes;
mod cascade;
mod commands;
mod exposure;
mod futures;
mod genesis;
mod index;
mod lab;
mod liquidation;
mod methods;
mod platform;
mod prices;
mod settlement;
mod vault;

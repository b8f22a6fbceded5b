//! The venue from outside: closed forms, stages by hand, the index against the sweep, random
//! commands under audit.

mod adl;
mod adl_audit;
mod admission;
mod braked;
mod brakes;
mod bystanders;
mod cascade;
mod cases;
mod clearing;
mod commands;
mod defaults;
mod exposure;
mod futures;
mod genealogy;
mod genesis;
mod haircuts;
mod hedge;
mod index;
mod lab;
mod liquidation;
mod methods;
mod million;
mod platform;
mod portfolio;
mod prices;
mod settlement;
mod vault;

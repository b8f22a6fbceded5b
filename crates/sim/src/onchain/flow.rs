//! The stages of a tick in which chains and issuers work, and the ways of tokens between them and custody.

use bevy_ecs::prelude::{Res, ResMut};
use firesale_chain::{Chain, Departure, Exit};
use firesale_stablecoin::{HolderId, IssuerEffect};
use firesale_types::{AgentId, AssetId, SimTime, Usd};

use super::{ChainId, ChainMachine, Chains, IssuerMachine, Issuers, Place};
use crate::tick::{Clock, Failure};
use crate::{Assets, Custody, Destination, MarketView, SimError};

/// Observe: users outside the run become eager where the markets they watch swing.
pub(crate) fn warm_chains(
    clock: Res<'_, Clock>,
    view: Res<'_, MarketView>,
    mut chains: ResMut<'_, Chains>,
) {
    if clock.0.tick_start().0 % 1_000_000_000 != 0 {
        return;
    }
    for machine in &mut chains.0 {
        let Some(heat) = machine.heat else { continue };
        let times = (view.volatility(heat.market) / heat.calm).clamp(1.0, heat.most);
        machine
            .chain_mut()
            .set_heat(libm::rint(1000.0 * times) as u32);
    }
}

/// Clear: blocks are made; what leaves a chain goes on its way.
pub(crate) fn clear_chains(
    clock: Res<'_, Clock>,
    assets: Res<'_, Assets>,
    failure: Res<'_, Failure>,
    mut chains: ResMut<'_, Chains>,
    mut issuers: ResMut<'_, Issuers>,
    mut custody: ResMut<'_, Custody>,
) {
    let end = clock.0.tick_end().min(clock.0.end());
    let mut departures = Vec::new();
    for (at, machine) in chains.0.iter_mut().enumerate() {
        machine.advance(end, &mut departures);
        for departure in departures.drain(..) {
            let from = Place::Chain(ChainId(at as u16));
            let gone = depart(
                machine,
                &departure,
                end,
                &assets,
                &mut issuers,
                &mut custody,
                from,
            );
            if let Err(message) = gone {
                failure.set(SimError::machine(machine.name(), end, message));
            }
        }
    }
}

fn depart(
    machine: &mut ChainMachine,
    departure: &Departure,
    end: SimTime,
    assets: &Assets,
    issuers: &mut Issuers,
    custody: &mut Custody,
    from: Place,
) -> Result<(), String> {
    let Departure {
        holder,
        token,
        amount,
        to,
    } = *departure;
    let (Some(agent), Some(asset)) = (machine.owner(holder), machine.asset(token)) else {
        return Err("tokens of nobody, or shares of a pool, have left".to_owned());
    };
    let ledger = machine.chain_mut().ledger_mut();
    let mut back = |amount| {
        ledger
            .mint(holder, token, amount)
            .map_err(|e| e.to_string())
    };
    if let Exit::Issuer(issuer) = to {
        let issuer = issuers.0.get_mut(usize::from(issuer));
        return match issuer.and_then(|i| Some((i.request_for(asset, agent, amount)?, i))) {
            Some((event, issuer)) => {
                issuer.take_in(asset, amount);
                issuer.request(end, agent, from, event);
                Ok(())
            }
            // An issuer that does not deal in it sends it back.
            None => back(amount),
        };
    }
    // What venues cannot express stays at the address; so does more than they can count.
    let Ok((whole, dust)) = assets.get(asset).units.to_venue(amount) else {
        return back(amount);
    };
    back(dust)?;
    let destination = match to {
        Exit::Venue(venue, account) => Destination::Venue(venue, account),
        Exit::Wallet | Exit::Issuer(_) => Destination::Wallet,
    };
    custody.send(
        agent,
        destination,
        asset,
        Usd(whole),
        end + machine.confirmation,
    );
    Ok(())
}

/// Redeem: issuers answer what has reached them.
pub(crate) fn redeem(
    clock: Res<'_, Clock>,
    assets: Res<'_, Assets>,
    failure: Res<'_, Failure>,
    mut chains: ResMut<'_, Chains>,
    mut issuers: ResMut<'_, Issuers>,
    mut custody: ResMut<'_, Custody>,
) {
    let end = clock.0.tick_end();
    let mut effects = Vec::new();
    for issuer in &mut issuers.0 {
        let outcome = issuer.advance(end, &mut effects);
        let booked = effects.drain(..).try_for_each(|(at, effect)| {
            book(issuer, &effect, end, &assets, &mut chains, &mut custody)?;
            issuer.tell(at, effect);
            Ok(())
        });
        if let Err(message) = outcome.and(booked) {
            failure.set(SimError::machine(issuer.name(), end, message));
        }
    }
}

/// Carries an issuer's effect out.
fn book(
    issuer: &mut IssuerMachine,
    effect: &IssuerEffect,
    end: SimTime,
    assets: &Assets,
    chains: &mut Chains,
    custody: &mut Custody,
) -> Result<(), String> {
    let wares = issuer.wares;
    let mut hand = Hand {
        issuer,
        end,
        assets,
        chains,
        custody,
    };
    match *effect {
        IssuerEffect::MintTokens { to, amount } => hand.create(Some(wares.coin), to, amount),
        IssuerEffect::BurnTokens { amount } => hand.destroy(Some(wares.coin), amount),
        IssuerEffect::ReturnTokens { to, amount } => hand.hand_over(Some(wares.coin), to, amount),
        IssuerEffect::Pay { to, usd } | IssuerEffect::ReturnMoney { to, usd } => {
            let usd = u128::try_from(usd).map_err(|e| e.to_string())?;
            hand.hand_over(Some(wares.money), to, usd)
        }
        IssuerEffect::MintSeigniorage { to, amount } => hand.create(wares.seigniorage, to, amount),
        IssuerEffect::BurnSeigniorage { amount } => hand.destroy(wares.seigniorage, amount),
        IssuerEffect::ReturnSeigniorage { to, amount } => {
            hand.hand_over(wares.seigniorage, to, amount)
        }
        IssuerEffect::ReleaseCollateral { to, units } => {
            hand.hand_over(wares.collateral, to, units)
        }
        IssuerEffect::MintGovernance { to, units } => hand.create(wares.governance, to, units),
        _ => Ok(()),
    }
}

/// Everything that handing something over touches.
struct Hand<'a> {
    issuer: &'a mut IssuerMachine,
    end: SimTime,
    assets: &'a Assets,
    chains: &'a mut Chains,
    custody: &'a mut Custody,
}

const NOT_DEALT_IN: &str = "an effect about what the issuer does not deal in";

impl Hand<'_> {
    fn create(&mut self, asset: Option<AssetId>, to: HolderId, amount: u128) -> Result<(), String> {
        let known = asset.ok_or(NOT_DEALT_IN)?;
        let signed = i128::try_from(amount).map_err(|e| e.to_string())?;
        *self.issuer.created.entry(known).or_default() += signed;
        *self.issuer.inside.entry(known).or_default() += signed;
        self.hand_over(asset, to, amount)
    }

    fn destroy(&mut self, asset: Option<AssetId>, amount: u128) -> Result<(), String> {
        let known = asset.ok_or(NOT_DEALT_IN)?;
        let signed = i128::try_from(amount).map_err(|e| e.to_string())?;
        *self.issuer.created.entry(known).or_default() -= signed;
        *self.issuer.inside.entry(known).or_default() -= signed;
        Ok(())
    }

    /// Gives what is inside to an agent, where it wants it. What a wallet cannot express stays inside,
    /// and is in the auditor's sum.
    fn hand_over(
        &mut self,
        asset: Option<AssetId>,
        to: HolderId,
        amount: u128,
    ) -> Result<(), String> {
        let asset = asset.ok_or(NOT_DEALT_IN)?;
        let agent = AgentId(to.0);
        let place = self.issuer.place(agent);
        let here = |chains: &Chains| match place {
            Place::Chain(chain) => {
                let machine = chains.get(chain);
                Some((chain, machine.address(agent)?, machine.token(asset)?))
            }
            Place::Wallet => None,
        };
        let given = match here(self.chains) {
            Some((chain, holder, token)) => {
                let chain: &mut Chain = self.chains.0[usize::from(chain.0)].chain_mut();
                let minted = chain.ledger_mut().mint(holder, token, amount);
                minted.map_err(|e| e.to_string())?;
                amount
            }
            None => {
                let units = self.assets.get(asset).units;
                let (whole, dust) = if asset == self.issuer.wares.money {
                    let whole = i64::try_from(amount).map_err(|e| e.to_string())?;
                    (whole, 0)
                } else {
                    units.to_venue(amount).map_err(|e| e.to_string())?
                };
                self.custody
                    .send(agent, Destination::Wallet, asset, Usd(whole), self.end);
                amount - dust
            }
        };
        let given = i128::try_from(given).map_err(|e| e.to_string())?;
        *self.issuer.inside.entry(asset).or_default() -= given;
        Ok(())
    }
}

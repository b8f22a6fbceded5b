//! What an agent sees of chains and issuers, and what it may ask of them.

use firesale_amm::Pool;
use firesale_amm::lending::LendingPool;
use firesale_chain::{Call, Contract, Holder, Transaction};
use firesale_exchange::InstrumentKind;
use firesale_stablecoin::{HolderId, IssuerEvent};
use firesale_types::{AccountId, AssetId, SimDuration, Usd};
use smallvec::SmallVec;

use super::{ChainId, Chains, IssuerId, Issuers, LenderRef, Place, PoolRef};
use crate::agent::{Sent, Turn};
use crate::{AgentKind, Assets};

/// What a transaction offers for its place in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Most for one gas, base fee and tip together, in the smallest unit of the native token.
    pub max_fee: u128,
    /// What the producer gets for one gas.
    pub tip: u128,
    /// It is forgotten if it was not included by then.
    pub patience: SimDuration,
}

impl Offer {
    /// The same, offering a producer `times` as much.
    #[must_use]
    pub const fn raised(self, times: u128) -> Self {
        let tip = self.tip.saturating_mul(times);
        Self {
            max_fee: self.max_fee.saturating_add(tip - self.tip),
            tip,
            ..self
        }
    }

    /// The same, good for `patience`.
    #[must_use]
    pub const fn within(self, patience: SimDuration) -> Self {
        Self { patience, ..self }
    }
}

impl<K: AgentKind> Turn<'_, K> {
    /// All assets.
    #[must_use]
    pub fn assets(&self) -> &Assets {
        &self.world.assets
    }

    /// What an asset is worth, for kinds that do research: of a claim on an issuer what the public knows
    /// it to be worth.
    #[must_use]
    pub fn worth(&self, asset: AssetId) -> f64 {
        self.world.fundamentals.value(asset.index())
    }

    /// All chains.
    #[must_use]
    pub fn chains(&self) -> &Chains {
        &self.world.chains
    }

    /// All issuers.
    #[must_use]
    pub fn issuers(&self) -> &Issuers {
        &self.world.issuers
    }

    /// A pool.
    #[must_use]
    pub fn pool(&self, pool: PoolRef) -> &Contract<Pool> {
        &self.world.chains.get(pool.chain).chain().pools()[usize::from(pool.pool.0)]
    }

    /// A lending market.
    #[must_use]
    pub fn lender(&self, lender: LenderRef) -> &Contract<LendingPool> {
        &self.world.chains.get(lender.chain).chain().lenders()[usize::from(lender.lender.0)]
    }

    /// The member's address on a chain.
    #[must_use]
    pub fn address(&self, chain: ChainId) -> Option<Holder> {
        self.world.chains.get(chain).address(self.member.agent)
    }

    /// What the member has of an asset on a chain, in units of the chain.
    #[must_use]
    pub fn on_chain(&self, chain: ChainId, asset: AssetId) -> u128 {
        let machine = self.world.chains.get(chain);
        match (self.address(chain), machine.token(asset)) {
            (Some(holder), Some(token)) => machine.chain().ledger().balance(holder, token),
            _ => 0,
        }
    }

    /// The member's shares in a pool; a concentrated pool has positions instead.
    #[must_use]
    pub fn shares(&self, pool: PoolRef) -> u128 {
        let ledger = self.world.chains.get(pool.chain).chain().ledger();
        match (self.address(pool.chain), self.pool(pool).share) {
            (Some(holder), Some(share)) => ledger.balance(holder, share),
            _ => 0,
        }
    }

    /// The member as the lending markets of a chain know it.
    #[must_use]
    pub fn debtor(&self, chain: ChainId) -> Option<AccountId> {
        self.address(chain).map(|holder| AccountId(holder.0))
    }

    /// What the public believes a unit of an asset to be worth, in dollars: the mean of the mids of all
    /// spot markets on it; without any, what it is worth in the world.
    #[must_use]
    pub fn dollars(&self, asset: AssetId) -> f64 {
        let spots = self.world.markets.iter();
        let spots = spots.filter(|m| m.base == asset && m.kind == InstrumentKind::Spot);
        let mids = spots.map(|m| self.world.view.quote(m.id, self.population.feed).mid);
        let (sum, count) = mids
            .filter(|mid| *mid > 0.0)
            .fold((0.0, 0.0), |(sum, count), mid| (sum + mid, count + 1.0));
        if count > 0.0 {
            return sum / count;
        }
        self.world.fundamentals.value(asset.index())
    }

    /// The member's transactions that wait on a chain.
    #[must_use]
    pub fn waiting(&self, chain: ChainId) -> usize {
        let machine = self.world.chains.get(chain);
        let of = |holder| machine.chain().mempool().of(holder);
        self.address(chain).map_or(0, of)
    }

    /// What the population usually offers on a chain: its tip, and a fee that stands a doubling of the
    /// base fee, both at most what it pays at all.
    #[must_use]
    pub fn offer(&self, chain: ChainId) -> Offer {
        let terms = self.population.gas;
        let base = self.world.chains.get(chain).chain().base_fee();
        Offer {
            max_fee: base
                .saturating_mul(2)
                .saturating_add(terms.tip)
                .min(terms.most),
            tip: terms.tip,
            patience: terms.patience,
        }
    }

    /// Sends calls that happen together or not at all. Dropped if the member has no address there.
    pub fn transact(
        &mut self,
        chain: ChainId,
        offer: Offer,
        calls: impl IntoIterator<Item = Call>,
    ) {
        let Some(sender) = self.address(chain) else {
            return;
        };
        let calls: SmallVec<[Call; 2]> = calls.into_iter().collect();
        if calls.is_empty() {
            return;
        }
        let latency = self.draw_latency();
        let transaction = Transaction {
            sender,
            weight: self.member.weight,
            max_fee: offer.max_fee,
            tip: offer.tip,
            expires: self.now() + latency + offer.patience,
            calls,
        };
        let sent = Sent::Chain {
            agent: self.member.agent,
            chain,
            at: self.now(),
            latency,
            transaction: Box::new(transaction),
        };
        self.send_out(sent);
    }

    /// Sends an asset from the wallet to the member's address on a chain.
    pub fn send_to_chain(&mut self, chain: ChainId, asset: AssetId, amount: Usd) {
        if self.address(chain).is_none() || amount <= Usd::ZERO {
            return;
        }
        let arrives = self.now() + self.draw_transfer();
        let sent = Sent::ToChain {
            agent: self.member.agent,
            chain,
            asset,
            amount,
            arrives,
        };
        self.send_out(sent);
    }

    /// Gives `amount` of an asset from the wallet, as venues count it, to an issuer. `event` says what
    /// for; what is given back goes to `answer`.
    pub fn ask_issuer(
        &mut self,
        issuer: IssuerId,
        asset: AssetId,
        amount: Usd,
        answer: Place,
        event: fn(HolderId, u128) -> IssuerEvent,
    ) {
        if amount <= Usd::ZERO {
            return;
        }
        let at = self.now() + self.draw_latency();
        let sent = Sent::ToIssuer {
            agent: self.member.agent,
            issuer,
            asset,
            amount,
            answer,
            event,
            at,
        };
        self.send_out(sent);
    }

    /// Asks an issuer for something that needs no delivery; what is given goes to `answer`.
    pub fn tell_issuer(&mut self, issuer: IssuerId, answer: Place, event: IssuerEvent) {
        let at = self.now() + self.draw_latency();
        let agent = self.member.agent;
        self.send_out(Sent::Tell {
            agent,
            issuer,
            answer,
            event,
            at,
        });
    }

    /// Gives tokens from the wallet back to their issuer.
    pub fn redeem(&mut self, issuer: IssuerId, amount: Usd) {
        let coin = self.world.issuers.get(issuer).coin();
        self.ask_issuer(issuer, coin, amount, Place::Wallet, |holder, amount| {
            IssuerEvent::Redeem { holder, amount }
        });
    }

    /// Pays an issuer from the wallet for new tokens.
    pub fn mint(&mut self, issuer: IssuerId, usd: Usd, answer: Place) {
        let money = self.world.issuers.get(issuer).money();
        self.ask_issuer(issuer, money, usd, answer, |holder, usd| {
            IssuerEvent::Mint {
                holder,
                usd: usd as i128,
            }
        });
    }

    /// The member as issuers know it.
    #[must_use]
    pub const fn holder_id(&self) -> HolderId {
        HolderId(self.member.agent.0)
    }
}

//! The other side of every effect: who holds what, and where the money is.

use std::collections::{BTreeMap, VecDeque};

use firesale_stablecoin::{
    Amount, CollateralEvent, HolderId, Issuer, IssuerConfig, IssuerEffect, IssuerEvent, IssuerKind,
    Money, SeigniorageEvent, audit,
};
use firesale_types::{AgentRng, Domain, RunSeed, SimTime, StreamKey, hash64};

/// A stream for a test.
pub(crate) fn rng(name: &str, seed: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: hash64(name.as_bytes()),
        index: seed,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(seed), key)
}

/// A caller that books everything on both sides and audits after every event.
pub(crate) struct Caller {
    pub(crate) issuer: Issuer,
    pub(crate) now: SimTime,
    /// Tokens by holder.
    pub(crate) holdings: BTreeMap<HolderId, Amount>,
    /// Seigniorage tokens by holder.
    pub(crate) seigniorage: BTreeMap<HolderId, Amount>,
    /// Collateral received less released.
    pub(crate) collateral: Amount,
    /// Tokens on the issuer's account.
    pub(crate) escrow: Amount,
    /// Dollars on the issuer's account.
    pub(crate) cash: Money,
    /// Dollars paid to holders.
    pub(crate) paid: BTreeMap<HolderId, Money>,
    /// Redemptions that should be paid next, in order.
    pub(crate) line: VecDeque<(HolderId, Amount)>,
    /// Sales that have not settled.
    settling: Vec<(SimTime, Money)>,
    /// All effects of the last event.
    pub(crate) effects: Vec<IssuerEffect>,
}

impl Caller {
    /// Holders from 0 on get what there is at the start.
    pub(crate) fn new(config: IssuerConfig, holdings: &[Amount]) -> Self {
        let issuer = Issuer::new(config).unwrap();
        let outstanding = issuer.supply().outstanding() - issuer.supply().escrow;
        assert_eq!(holdings.iter().sum::<Amount>(), outstanding);
        let holders = (0..).map(HolderId);
        Self {
            escrow: issuer.supply().escrow,
            issuer,
            now: SimTime::ZERO,
            holdings: holders.zip(holdings.iter().copied()).collect(),
            seigniorage: BTreeMap::new(),
            collateral: 0,
            cash: 0,
            paid: BTreeMap::new(),
            line: VecDeque::new(),
            settling: Vec::new(),
            effects: Vec::new(),
        }
    }

    pub(crate) fn held(&self, holder: u32) -> Amount {
        self.holdings.get(&HolderId(holder)).copied().unwrap_or(0)
    }

    pub(crate) fn paid_to(&self, holder: u32) -> Money {
        self.paid.get(&HolderId(holder)).copied().unwrap_or(0)
    }

    /// Sends an event that the issuer takes.
    pub(crate) fn send(&mut self, event: IssuerEvent) -> &[IssuerEffect] {
        self.deliver(&event);
        self.effects.clear();
        let answer = self.issuer.apply(self.now, event, &mut self.effects);
        assert_eq!(answer, Ok(()), "{event:?}");
        for effect in self.effects.clone() {
            self.book(effect);
        }
        self.check(&event);
        &self.effects
    }

    fn take(&mut self, holder: HolderId, amount: Amount) {
        *self.holdings.entry(holder).or_default() -= amount;
        self.escrow += amount;
    }

    /// What comes with an event.
    fn deliver(&mut self, event: &IssuerEvent) {
        let now = self.now;
        let due: Money = self
            .settling
            .iter()
            .filter(|s| s.0 <= now)
            .map(|s| s.1)
            .sum();
        self.settling.retain(|settlement| settlement.0 > now);
        self.cash += due;
        match *event {
            IssuerEvent::Mint { usd, .. } | IssuerEvent::Capital { usd } => self.cash += usd,
            IssuerEvent::Redeem { holder, amount }
            | IssuerEvent::Collateral(
                CollateralEvent::Repay { holder, amount }
                | CollateralEvent::Bid { holder, amount, .. },
            )
            | IssuerEvent::Seigniorage(SeigniorageEvent::Deposit { holder, amount }) => {
                self.take(holder, amount);
            }
            IssuerEvent::Seigniorage(SeigniorageEvent::Fund { amount }) => {
                self.take(HolderId(0), amount);
            }
            IssuerEvent::Seigniorage(SeigniorageEvent::Expand { holder, amount }) => {
                *self.seigniorage.entry(holder).or_default() -= amount;
            }
            IssuerEvent::Collateral(CollateralEvent::Deposit { units, .. }) => {
                self.collateral += units;
            }
            IssuerEvent::Cancel { holder } => self.line.retain(|ticket| ticket.0 != holder),
            _ => {}
        }
    }

    fn book(&mut self, effect: IssuerEffect) {
        match effect {
            IssuerEffect::MintTokens { to, amount } => {
                *self.holdings.entry(to).or_default() += amount;
            }
            IssuerEffect::BurnTokens { amount } => {
                self.escrow -= amount;
                self.serve(amount);
            }
            IssuerEffect::ReturnTokens { to, amount } => {
                self.escrow -= amount;
                *self.holdings.entry(to).or_default() += amount;
            }
            IssuerEffect::Pay { to, usd } => {
                self.cash -= usd;
                *self.paid.entry(to).or_default() += usd;
            }
            IssuerEffect::ReturnMoney { usd, .. } => self.cash -= usd,
            IssuerEffect::SellReserve {
                proceeds, settles, ..
            } if settles <= self.now => {
                self.cash += proceeds;
            }
            IssuerEffect::SellReserve {
                proceeds, settles, ..
            } => {
                self.settling.push((settles, proceeds));
            }
            IssuerEffect::BuyReserve { face: usd, .. } | IssuerEffect::MoveMargin { usd, .. } => {
                self.cash -= usd;
            }
            IssuerEffect::TradeAsset { usd, settles, .. } if settles > self.now => {
                self.settling.push((settles, usd));
            }
            IssuerEffect::TradeAsset { usd, .. } | IssuerEffect::Income { usd, .. } => {
                self.cash += usd;
            }
            IssuerEffect::Queued { holder, amount } => self.line.push_back((holder, amount)),
            IssuerEffect::MintSeigniorage { to, amount }
            | IssuerEffect::ReturnSeigniorage { to, amount } => {
                *self.seigniorage.entry(to).or_default() += amount;
            }
            IssuerEffect::Loss { usd, .. }
                if matches!(self.issuer.kind(), IssuerKind::Collateralized(_)) =>
            {
                self.cash -= usd;
            }
            IssuerEffect::ReleaseCollateral { units, .. } => self.collateral -= units,
            _ => {}
        }
        assert!(self.cash >= 0, "paid more than there was: {effect:?}");
    }

    /// Burned tokens are those of the first in line.
    fn serve(&mut self, amount: Amount) {
        let burned = self
            .effects
            .iter()
            .position(|e| *e == IssuerEffect::BurnTokens { amount });
        let next = burned.and_then(|at| self.effects.get(at + 1));
        if let (Some(first), Some(IssuerEffect::Pay { to, .. })) = (self.line.front_mut(), next) {
            assert_eq!(first.0, *to, "not the first in line");
            first.1 -= amount;
            if first.1 == 0 {
                self.line.pop_front();
            }
        }
    }

    fn check(&self, event: &IssuerEvent) {
        assert_eq!(audit(&self.issuer), Ok(()), "after {event:?}");
        let supply = self.issuer.supply();
        assert_eq!(self.escrow, supply.escrow, "after {event:?}");
        let held: Amount = self.holdings.values().sum();
        assert_eq!(held + self.escrow, supply.outstanding(), "after {event:?}");
        let on_the_way: Money = self.settling.iter().map(|settlement| settlement.1).sum();
        match self.issuer.kind() {
            IssuerKind::Fiat(fiat) => assert_eq!(self.cash, fiat.ladder().till, "{event:?}"),
            IssuerKind::Vault(vault) => {
                assert_eq!(self.cash + on_the_way, vault.liquid(), "{event:?}");
            }
            IssuerKind::Synthetic(dollar) => {
                let kept = dollar.liquid() + dollar.reserve_fund();
                assert_eq!(self.cash + on_the_way, kept, "{event:?}");
            }
            IssuerKind::Collateralized(issuer) => {
                assert_eq!(self.cash, issuer.holds(), "{event:?}");
            }
            IssuerKind::Algorithmic(_) => assert_eq!(self.cash, 0),
        }
        let view = self.issuer.view(self.now);
        let pays = |e: &&IssuerEffect| matches!(e, IssuerEffect::Pay { .. });
        let paid = self.effects.iter().find(pays);
        assert!(
            view.is_open || paid.is_none(),
            "paid while closed: {paid:?}"
        );
        let waiting: Amount = self.line.iter().map(|ticket| ticket.1).sum();
        assert_eq!(waiting, view.queue_amount, "after {event:?}");
    }
}

//! Explicit accounts, resting orders and timed commands: an exact book set up by hand.

use std::collections::BTreeMap;

use firesale_exchange::{Cause, ExchangeEvent, Leg, MarginMode, PositionMode};
use firesale_matching::{OrderRequest, Pricing, TimeInForce};
use firesale_types::{
    AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Side, SimTime, Usd, VenueId,
};

use super::file::{
    AccountTable, HeldTable, MarginName, OrderTable, ReasonText, ScenarioFile, ScriptOp,
    ScriptTable, SideName, SideText,
};
use super::resolve::{Findings, Rules, amounts, moment, symbols};
use crate::config::{Decimal, Span, Spanned};

/// Order slots of an explicit account.
pub(crate) const EXPLICIT_SLOTS: u16 = 4096;

/// Portfolio margin where there is none.
pub(crate) const NO_GRID: &str = "the venue offers no portfolio margin";
pub(crate) const GRID_HELP: &str = "give the venue `margin = { portfolio = {} }`";

/// One explicit account.
#[derive(Debug)]
pub(crate) struct ExplicitAccount {
    pub(crate) id: String,
    pub(crate) venue: VenueId,
    pub(crate) balances: BTreeMap<AssetId, Usd>,
    pub(crate) margin_mode: MarginMode,
    pub(crate) position_mode: PositionMode,
    pub(crate) positions: Vec<(InstrumentId, Qty, Price, Option<Usd>)>,
}

/// One explicit command, the account still by its place in the list.
#[derive(Debug)]
pub(crate) struct ExplicitCommand {
    pub(crate) at: SimTime,
    pub(crate) venue: VenueId,
    pub(crate) account: Option<usize>,
    pub(crate) event: ExchangeEvent,
}

/// Everything explicit of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Explicit {
    pub(crate) accounts: Vec<ExplicitAccount>,
    pub(crate) commands: Vec<ExplicitCommand>,
}

struct Builder<'a> {
    rules: &'a Rules,
    explicit: Explicit,
    /// Account, slot and price of each named order.
    orders: BTreeMap<String, (usize, u16, InstrumentId)>,
    slots: BTreeMap<usize, u16>,
}

/// Resolves accounts, orders and script.
pub(crate) fn explicit(file: &ScenarioFile, rules: &Rules, findings: &mut Findings) -> Explicit {
    let mut builder = Builder {
        rules,
        explicit: Explicit::default(),
        orders: BTreeMap::new(),
        slots: BTreeMap::new(),
    };
    for account in &file.accounts {
        builder.account(account, findings);
    }
    for order in &file.orders {
        builder.order(order, findings);
    }
    for line in &file.script {
        builder.script(line, findings);
    }
    builder.explicit
}

impl Builder<'_> {
    fn account(&mut self, entry: &Spanned<AccountTable>, findings: &mut Findings) -> Option<()> {
        let table = &entry.value;
        let known: Vec<String> = self
            .rules
            .venues
            .iter()
            .map(|v| v.config.name.clone())
            .collect();
        let venue = findings.find(
            "venue",
            &table.venue,
            self.rules.venue(&table.venue.value),
            &known,
        )?;
        let settlement = self.rules.venues[venue.index()].config.settlement;
        let balances = amounts(
            &table.collateral,
            settlement,
            entry.span,
            self.rules,
            findings,
        );
        if balances.values().any(|v| *v < Usd::ZERO) {
            findings.add(entry.span, "collateral cannot be negative", None);
        }
        let offered = self.rules.venues[venue.index()].config.portfolio.is_some();
        if table.margin_mode == MarginName::Portfolio && !offered {
            findings.add(entry.span, NO_GRID, Some(GRID_HELP.to_owned()));
        }
        let mut positions = Vec::new();
        for held in &table.positions {
            positions.extend(self.held(venue, held, table.margin_mode, findings));
        }
        self.explicit.accounts.push(ExplicitAccount {
            id: table.id.clone(),
            venue,
            balances,
            margin_mode: table.margin_mode.mode(),
            position_mode: table.position_mode.mode(),
            positions,
        });
        Some(())
    }

    fn held(
        &self,
        venue: VenueId,
        held: &Spanned<HeldTable>,
        mode: MarginName,
        findings: &mut Findings,
    ) -> Option<(InstrumentId, Qty, Price, Option<Usd>)> {
        let table = &held.value;
        let instrument = self.instrument(venue, &table.instrument, findings)?;
        let qty = self.lots(venue, instrument, &table.qty, findings)?;
        let entry = self.ticks(venue, instrument, &table.entry, findings)?;
        if mode == MarginName::Isolated && table.margin.is_none() {
            findings.add(
                held.span,
                "a position of an isolated account needs its own margin",
                None,
            );
            return None;
        }
        Some((instrument, qty, entry, table.margin.map(|m| m.get())))
    }

    fn instrument(
        &self,
        venue: VenueId,
        name: &Spanned<String>,
        findings: &mut Findings,
    ) -> Option<InstrumentId> {
        findings.find(
            "instrument",
            name,
            self.rules.instrument(venue, &name.value),
            &symbols(self.rules, venue),
        )
    }

    fn lots(
        &self,
        venue: VenueId,
        i: InstrumentId,
        qty: &Spanned<Decimal>,
        findings: &mut Findings,
    ) -> Option<Qty> {
        let lot = self.rules.venues[venue.index()].units[i.index()].lot;
        let lots = qty.value.units_of(lot);
        if lots.is_none() {
            findings.add(
                qty.span,
                format!("{} is no whole number of lots of {lot}", qty.value),
                None,
            );
        }
        lots.map(Qty)
    }

    fn ticks(
        &self,
        venue: VenueId,
        i: InstrumentId,
        price: &Spanned<Decimal>,
        findings: &mut Findings,
    ) -> Option<Price> {
        let tick = self.rules.venues[venue.index()].units[i.index()].tick;
        let ticks = price.value.units_of(tick).filter(|t| *t > 0);
        if ticks.is_none() {
            findings.add(
                price.span,
                format!(
                    "{} is no positive whole number of ticks of {tick}",
                    price.value
                ),
                None,
            );
        }
        ticks.map(Price)
    }

    fn account_place(&self, name: &Spanned<String>, findings: &mut Findings) -> Option<usize> {
        let known: Vec<String> = self
            .explicit
            .accounts
            .iter()
            .map(|a| a.id.clone())
            .collect();
        let found = known.iter().position(|id| *id == name.value);
        findings.find("account", name, found, &known)
    }

    /// The next free slot of an account for an order of that name.
    fn new_order(
        &mut self,
        name: &str,
        account: usize,
        instrument: InstrumentId,
        span: Span,
        findings: &mut Findings,
    ) -> Option<OrderId> {
        let slot = self.slots.entry(account).or_default();
        if *slot >= EXPLICIT_SLOTS {
            findings.add(
                span,
                format!("more than {EXPLICIT_SLOTS} orders of one account"),
                None,
            );
            return None;
        }
        let id = OrderId::new(AccountId(0), *slot, 0);
        self.orders
            .insert(name.to_owned(), (account, *slot, instrument));
        *slot += 1;
        Some(id)
    }

    fn order(&mut self, entry: &Spanned<OrderTable>, findings: &mut Findings) -> Option<()> {
        let table = &entry.value;
        let account = self.account_place(&table.account, findings)?;
        let venue = self.explicit.accounts[account].venue;
        let instrument = self.instrument(venue, &table.instrument, findings)?;
        let price = self.ticks(venue, instrument, &table.price, findings)?;
        let qty = self.lots(venue, instrument, &table.qty, findings)?;
        let id = self.new_order(&table.id, account, instrument, entry.span, findings)?;
        let request = OrderRequest {
            tag: Cause::SCRIPT.0,
            ..OrderRequest::limit(id, side(table.side), price, qty)
        };
        self.command(
            SimTime::ZERO,
            venue,
            Some(account),
            ExchangeEvent::Order {
                instrument,
                request,
            },
        );
        Some(())
    }

    fn command(
        &mut self,
        at: SimTime,
        venue: VenueId,
        account: Option<usize>,
        event: ExchangeEvent,
    ) {
        self.explicit.commands.push(ExplicitCommand {
            at,
            venue,
            account,
            event,
        });
    }

    fn need<'t, T>(
        field: Option<&'t T>,
        what: &str,
        span: Span,
        findings: &mut Findings,
    ) -> Option<&'t T> {
        if field.is_none() {
            findings.add(span, format!("this operation needs `{what}`"), None);
        }
        field
    }

    fn script(&mut self, entry: &Spanned<ScriptTable>, findings: &mut Findings) -> Option<()> {
        let (t, span) = (&entry.value, entry.span);
        let at = moment(&t.at, self.rules, findings)?;
        match t.op {
            ScriptOp::SetMark | ScriptOp::SetIndex | ScriptOp::Halt | ScriptOp::Reopen => {
                return self.market_command(at, t, span, findings);
            }
            _ => {}
        }
        let account = self.account_place(
            Self::need(t.account.as_ref(), "account", span, findings)?,
            findings,
        )?;
        let venue = self.explicit.accounts[account].venue;
        let settlement = self.rules.venues[venue.index()].config.settlement;
        let asset = match &t.asset {
            Some(name) => findings.find(
                "asset",
                name,
                self.rules.asset(&name.value),
                &self.rules.assets,
            )?,
            None => settlement,
        };
        let who = AccountId(0);
        let event = match t.op {
            ScriptOp::Deposit => ExchangeEvent::Deposit {
                account: who,
                asset,
                amount: Self::need(t.amount.as_ref(), "amount", span, findings)?.get(),
            },
            ScriptOp::Withdraw => ExchangeEvent::Withdraw {
                account: who,
                asset,
                amount: Self::need(t.amount.as_ref(), "amount", span, findings)?.get(),
            },
            ScriptOp::VaultDeposit => ExchangeEvent::VaultDeposit {
                account: who,
                amount: Self::need(t.amount.as_ref(), "amount", span, findings)?.get(),
            },
            ScriptOp::VaultWithdraw => ExchangeEvent::VaultWithdraw {
                account: who,
                shares: Self::need(t.amount.as_ref(), "amount", span, findings)?
                    .get()
                    .0,
            },
            ScriptOp::AddMargin => {
                let name = Self::need(t.instrument.as_ref(), "instrument", span, findings)?;
                let instrument = self.instrument(venue, name, findings)?;
                let amount = Self::need(t.amount.as_ref(), "amount", span, findings)?.get();
                ExchangeEvent::AddMargin {
                    account: who,
                    instrument,
                    leg: self.leg(account, t, span, findings)?,
                    amount,
                }
            }
            ScriptOp::SetLeverage => {
                let name = Self::need(t.instrument.as_ref(), "instrument", span, findings)?;
                ExchangeEvent::SetLeverage {
                    account: who,
                    instrument: self.instrument(venue, name, findings)?,
                    leverage: Self::need(t.leverage.as_ref(), "leverage", span, findings)?.get(),
                }
            }
            ScriptOp::Cancel => {
                let name = Self::need(t.id.as_ref(), "id", span, findings)?;
                let known: Vec<String> = self.orders.keys().cloned().collect();
                let order = self.orders.get(&name.value).copied();
                let (owner, slot, instrument) = findings.find("order", name, order, &known)?;
                if owner != account {
                    findings.add(name.span, "this order belongs to another account", None);
                    return None;
                }
                ExchangeEvent::Cancel {
                    instrument,
                    id: OrderId::new(who, slot, 0),
                }
            }
            _ => self.order_command(t, account, venue, span, findings)?,
        };
        self.command(at, venue, Some(account), event);
        Some(())
    }

    /// The leg that a margin transfer is for: an account in hedge mode must name one, no other may.
    fn leg(
        &self,
        account: usize,
        t: &ScriptTable,
        span: Span,
        findings: &mut Findings,
    ) -> Option<Leg> {
        match (self.explicit.accounts[account].position_mode, t.leg) {
            (PositionMode::OneWay, None) => Some(Leg::Net),
            (PositionMode::Hedge, Some(SideName::Long)) => Some(Leg::Long),
            (PositionMode::Hedge, Some(SideName::Short)) => Some(Leg::Short),
            (PositionMode::Hedge, None) => Self::need::<Leg>(None, "leg", span, findings).copied(),
            (PositionMode::OneWay, Some(_)) => {
                findings.add(span, "only an account in hedge mode has legs", None);
                None
            }
        }
    }

    fn order_command(
        &mut self,
        t: &ScriptTable,
        account: usize,
        venue: VenueId,
        span: Span,
        findings: &mut Findings,
    ) -> Option<ExchangeEvent> {
        let name = Self::need(t.instrument.as_ref(), "instrument", span, findings)?;
        let instrument = self.instrument(venue, name, findings)?;
        let side = side(*Self::need(t.side.as_ref(), "side", span, findings)?);
        let qty = self.lots(
            venue,
            instrument,
            Self::need(t.qty.as_ref(), "qty", span, findings)?,
            findings,
        )?;
        let unnamed = format!("#{}", self.explicit.commands.len());
        let label =
            t.id.as_ref()
                .map_or(unnamed.as_str(), |id| id.value.as_str())
                .to_owned();
        let price = if t.op == ScriptOp::Limit {
            let price = Self::need(t.price.as_ref(), "price", span, findings)?;
            Some(self.ticks(venue, instrument, price, findings)?)
        } else {
            None
        };
        let id = self.new_order(&label, account, instrument, span, findings)?;
        let request = OrderRequest {
            pricing: price.map_or(Pricing::Market, Pricing::Limit),
            tif: if price.is_some() {
                TimeInForce::Gtc
            } else {
                TimeInForce::Ioc
            },
            tag: cause(t.reason).0,
            reduce_only: t.reduce_only,
            ..OrderRequest::limit(id, side, price.unwrap_or(Price(1)), qty)
        };
        Some(ExchangeEvent::Order {
            instrument,
            request,
        })
    }

    /// Marks, indices and halts: they belong to an instrument, on every venue that lists it, or on the
    /// account's.
    fn market_command(
        &mut self,
        at: SimTime,
        t: &ScriptTable,
        span: Span,
        findings: &mut Findings,
    ) -> Option<()> {
        let name = Self::need(t.instrument.as_ref(), "instrument", span, findings)?;
        let mut found = false;
        for v in 0..self.rules.venues.len() {
            let venue = VenueId(v as u16);
            let instrument = self.rules.instrument(venue, &name.value);
            let event = match (t.op, instrument) {
                (ScriptOp::SetIndex, _) => {
                    let base =
                        instrument.map(|i| self.rules.venues[v].config.instruments[i.index()].base);
                    let Some(asset) = base.or_else(|| self.rules.asset(&name.value)) else {
                        continue;
                    };
                    let price = Self::need(t.price.as_ref(), "price", span, findings)?;
                    let Some(price) = price.value.scaled(6).filter(|p| *p > 0) else {
                        findings.add(
                            span,
                            "an index price is positive, with at most six decimals",
                            None,
                        );
                        return None;
                    };
                    ExchangeEvent::IndexPrice {
                        asset,
                        price: Usd(price),
                    }
                }
                (_, None) => continue,
                (ScriptOp::SetMark, Some(instrument)) => {
                    let price = Self::need(t.price.as_ref(), "price", span, findings)?;
                    ExchangeEvent::SetMark {
                        instrument,
                        price: self.ticks(venue, instrument, price, findings)?,
                    }
                }
                (ScriptOp::Halt, Some(instrument)) => ExchangeEvent::Halt { instrument },
                (_, Some(instrument)) => ExchangeEvent::Reopen { instrument },
            };
            found = true;
            self.command(at, venue, None, event);
        }
        if !found {
            let known: Vec<String> = (0..self.rules.venues.len())
                .flat_map(|v| symbols(self.rules, VenueId(v as u16)))
                .collect();
            findings.find::<()>("instrument", name, None, &known);
        }
        Some(())
    }
}

const fn cause(text: ReasonText) -> Cause {
    match text {
        ReasonText::Script => Cause::SCRIPT,
        ReasonText::News => Cause::NEWS,
        ReasonText::Signal => Cause::SIGNAL,
        ReasonText::Stop => Cause::STOP,
        ReasonText::Margin => Cause::MARGIN,
        ReasonText::Hedge => Cause::HEDGE,
        ReasonText::Inventory => Cause::INVENTORY,
    }
}

fn side(text: SideText) -> Side {
    match text {
        SideText::Buy => Side::Buy,
        SideText::Sell => Side::Sell,
    }
}

impl ExplicitCommand {
    /// The event with the account's real id.
    pub(crate) fn addressed(&self, accounts: &[AccountId]) -> ExchangeEvent {
        let Some(account) = self.account.map(|place| accounts[place]) else {
            return self.event;
        };
        match self.event {
            ExchangeEvent::Order {
                instrument,
                mut request,
            } => {
                request.id = OrderId::new(account, request.id.slot(), request.id.seq());
                ExchangeEvent::Order {
                    instrument,
                    request,
                }
            }
            ExchangeEvent::Cancel { instrument, id } => ExchangeEvent::Cancel {
                instrument,
                id: OrderId::new(account, id.slot(), id.seq()),
            },
            ExchangeEvent::Deposit { asset, amount, .. } => ExchangeEvent::Deposit {
                account,
                asset,
                amount,
            },
            ExchangeEvent::Withdraw { asset, amount, .. } => ExchangeEvent::Withdraw {
                account,
                asset,
                amount,
            },
            ExchangeEvent::AddMargin {
                instrument,
                leg,
                amount,
                ..
            } => ExchangeEvent::AddMargin {
                account,
                instrument,
                leg,
                amount,
            },
            ExchangeEvent::SetLeverage {
                instrument,
                leverage,
                ..
            } => ExchangeEvent::SetLeverage {
                account,
                instrument,
                leverage,
            },
            ExchangeEvent::VaultDeposit { amount, .. } => {
                ExchangeEvent::VaultDeposit { account, amount }
            }
            ExchangeEvent::VaultWithdraw { shares, .. } => {
                ExchangeEvent::VaultWithdraw { account, shares }
            }
            other => other,
        }
    }
}

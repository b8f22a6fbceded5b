//! A run: ticks until the end, then the summary.

use std::path::Path;
use std::sync::PoisonError;

use bevy_ecs::prelude::{Mut, World};
use firesale_record::{Digest, LeverageRow, Moment, Summary, TargetResult, TargetRole};
use firesale_types::{InstrumentId, SimTime, Usd};

use crate::agent::Populations;
use crate::app::take_system_error;
use crate::audit::Everywhere;
use crate::build::{RunOptions, build};
use crate::census::CensusTaker;
use crate::onchain::{Chains, Issuers, OnChainRecord};
use crate::oracle::Oracle;
use crate::recorder::Recorder;
use crate::scenario::file::RoleText;
use crate::tick::{Calendar, Clock, Directory, Failure};
use crate::{Custody, Fundamentals, Markets, Scenario, SimApp, SimError, Venues};

/// Serialises all members of a kind.
type StateWriter = fn(&mut World, &mut Vec<u8>);

/// A world at work.
pub struct Simulation {
    app: SimApp,
    /// Serialises the members of each kind, in the order of the kinds' names.
    digests: Vec<StateWriter>,
    targets: Vec<TargetResult>,
}

/// Where a run stands, for a progress bar.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Simulated time.
    pub now: SimTime,
    /// The end.
    pub end: SimTime,
    /// Events processed by all venues.
    pub events: u64,
}

/// What a run gives back.
#[derive(Debug)]
pub struct Outcome {
    /// The figures.
    pub summary: Summary,
    /// The digest of the run.
    pub digest: String,
    /// Events processed by all venues.
    pub events: u64,
    /// Simulated time that was covered.
    pub until: SimTime,
    /// Agents.
    pub agents: usize,
    /// Why it ended early, if it did.
    pub error: Option<SimError>,
}

impl Simulation {
    /// Builds the world of a scenario with the kinds that `app` knows; with a directory, tables are
    /// written there.
    ///
    /// # Errors
    /// If the start of the market does not add up or the directory cannot be written.
    pub fn new(
        scenario: &Scenario,
        mut app: SimApp,
        options: &RunOptions,
        directory: Option<&Path>,
    ) -> Result<Self, SimError> {
        build(scenario, &mut app, options, directory)?;
        let digests = app.kinds.values().map(|k| k.digest).collect();
        let mut this = Self {
            app,
            digests,
            targets: targets(scenario),
        };
        this.snapshot(Moment::Before)?;
        Ok(this)
    }

    /// One tick; false when the run is over.
    ///
    /// # Errors
    /// What went wrong; the run cannot go on.
    pub fn step(&mut self) -> Result<bool, SimError> {
        if self.app.world.resource::<Clock>().0.finished() {
            return Ok(false);
        }
        self.app.schedule.run(&mut self.app.world);
        let at = self.app.world.resource::<Clock>().0.tick_start();
        if let Some((system, message)) = take_system_error() {
            return Err(SimError::System {
                at,
                system,
                message,
            });
        }
        let failure = self.app.world.resource::<Failure>();
        if let Some(error) = failure
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            return Err(error);
        }
        let next = self.next_moment();
        self.app.world.resource_mut::<Clock>().0.advance_to(next);
        Ok(true)
    }

    /// The earliest moment at which something is due.
    fn next_moment(&self) -> SimTime {
        let world = &self.app.world;
        let clock = world.resource::<Clock>().0;
        let rhythm = world.resource::<Recorder>().rhythm;
        let end = clock.tick_end();
        // Seconds close the history of the view, record steps close rows: both belong to the tick
        // that ends there.
        let second = firesale_types::SimDuration::secs(1);
        let step = rhythm.ticks.min(second);
        let boundary = end.next_multiple(step, firesale_types::SimDuration::ZERO);
        let mut next = if boundary == end {
            end
        } else {
            boundary - clock.tick()
        };
        let mut consider = |at: Option<SimTime>| next = next.min(at.unwrap_or(SimTime::MAX));
        consider(world.resource::<Calendar>().0.next());
        consider(
            world
                .resource::<Venues>()
                .iter()
                .filter_map(crate::VenueMachine::next_time)
                .min(),
        );
        consider(world.resource::<Custody>().next_arrival());
        consider(world.resource::<Oracle>().next());
        consider(world.resource::<Chains>().next_time());
        let issuers = world.resource::<Issuers>().iter();
        consider(issuers.filter_map(|(_, issuer)| issuer.next_time()).min());
        next
    }

    /// Runs to the end. `watch` is called every simulated second and may stop the run.
    ///
    /// The outcome is complete also when the run failed: what was recorded before is kept.
    pub fn run(mut self, mut watch: impl FnMut(Progress) -> bool) -> Outcome {
        let mut error = None;
        let mut reported = i64::MIN;
        loop {
            match self.step() {
                Ok(true) => {}
                Ok(false) => break,
                Err(e) => {
                    error = Some(e);
                    break;
                }
            }
            let now = self.now();
            if now.0 / 1_000_000_000 > reported {
                reported = now.0 / 1_000_000_000;
                let end = self.app.world.resource::<Clock>().0.end();
                if !watch(Progress {
                    now,
                    end,
                    events: self.events(),
                }) {
                    error = Some(SimError::Interrupted { at: now });
                    break;
                }
            }
        }
        self.finish(error)
    }

    /// Simulated time.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.app.world.resource::<Clock>().0.tick_start()
    }

    /// Events processed by all venues.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.app
            .world
            .resource::<Venues>()
            .iter()
            .map(crate::VenueMachine::events)
            .sum()
    }

    /// The venues, to read.
    #[must_use]
    pub fn venues(&self) -> &Venues {
        self.app.world.resource()
    }

    /// The markets.
    #[must_use]
    pub fn markets(&self) -> &Markets {
        self.app.world.resource()
    }

    /// The chains, to read.
    #[must_use]
    pub fn chains(&self) -> &Chains {
        self.app.world.resource()
    }

    /// The hash of everything that happened and of the state it led to.
    pub fn digest(&mut self) -> String {
        let mut digest = Digest::new();
        let world = &self.app.world;
        for venue in world.resource::<Venues>().iter() {
            digest.update(venue.name().as_bytes());
            digest.update_u64(venue.events());
            digest.update_u64(venue.trail());
            digest.update_u64(venue.exchange().digest());
        }
        for (_, machine) in world.resource::<Chains>().iter() {
            digest.update(machine.name().as_bytes());
            digest.update_u64(machine.blocks());
            digest.update_u64(machine.trail());
            digest.update_u64(machine.holdings());
        }
        for (_, issuer) in world.resource::<Issuers>().iter() {
            digest.update(issuer.name().as_bytes());
            digest.update_u64(issuer.events());
            digest.update_u64(issuer.trail());
        }
        for bits in world.resource::<Fundamentals>().bits() {
            digest.update_u64(bits);
        }
        digest.update_i64(world.resource::<Clock>().0.tick_start().0);
        let mut states = Vec::new();
        for write in &self.digests {
            write(&mut self.app.world, &mut states);
        }
        digest.update(&states);
        digest.hex()
    }

    /// Rows about every account and the histogram of leverage, at the start and at the end.
    fn snapshot(&mut self, moment: Moment) -> Result<(), SimError> {
        let world = &mut self.app.world;
        world.resource_scope(|world, mut recorder: Mut<'_, Recorder>| {
            let recorder = &mut *recorder;
            let (markets, venues) = (world.resource::<Markets>(), world.resource::<Venues>());
            let directory = world.resource::<Directory>();
            let clock = world.resource::<Clock>().0;
            let now = if moment == Moment::Before {
                SimTime::ZERO
            } else {
                clock.tick_start()
            };
            let mut rows: Vec<LeverageRow> = recorder.census.leverage(
                now,
                moment,
                markets,
                venues,
                directory,
                &recorder.population_of,
                &recorder.weight_of,
            );
            if moment == Moment::Before {
                recorder.populations(now, markets, venues, directory)?;
            }
            let chains = world.resource::<Chains>();
            OnChainRecord::pool_ticks(chains, now, moment, recorder)?;
            let Some(writer) = recorder.writer.as_mut() else {
                return Ok(());
            };
            rows.drain(..).try_for_each(|row| writer.push(row))?;
            let measures = &recorder.measures;
            CensusTaker::accounts(
                now,
                moment,
                venues,
                directory,
                &recorder.population_of,
                &recorder.weight_of,
                |venue, account| measures.deficit(venue, account),
                |row| writer.push(row),
            )?;
            Ok(())
        })
    }

    fn finish(mut self, mut error: Option<SimError>) -> Outcome {
        let events = self.events();
        let until = self.now();
        if let Err(e) = self.close_tables() {
            error.get_or_insert(e);
        }
        let digest = self.digest();
        let mut summary = self.summary(events);
        summary.targets = std::mem::take(&mut self.targets);
        summary.judge();
        let agents = self.app.world.resource::<Directory>().rows.len();
        Outcome {
            summary,
            digest,
            events,
            until,
            agents,
            error,
        }
    }

    fn close_tables(&mut self) -> Result<(), SimError> {
        let violations = {
            let world = &mut self.app.world;
            world.resource_scope(|world, mut recorder: Mut<'_, Recorder>| {
                recorder.audits += 1;
                let everywhere = Everywhere {
                    assets: world.resource(),
                    venues: world.resource(),
                    custody: world.resource(),
                    chains: world.resource(),
                    issuers: world.resource(),
                };
                everywhere.audit(&recorder.money)
            })
        };
        // Where one table finds no room another may: all are tried.
        let mut outcome = self.snapshot(Moment::After);
        let at = self.now();
        let mut recorder = self.app.world.resource_mut::<Recorder>();
        let recorder = &mut *recorder;
        if let Some(mut writer) = recorder.writer.take() {
            for row in recorder.halts.rest() {
                outcome = outcome.and(writer.push(row).map_err(SimError::from));
            }
            let rows: Vec<_> = recorder.cascades.rows().collect();
            let pushed = rows.into_iter().try_for_each(|row| writer.push(row));
            let mut minutes = recorder.cascades.minutes().into_iter();
            let pushed = pushed.and_then(|()| minutes.try_for_each(|row| writer.push(row)));
            let closed = pushed.and(writer.finish());
            outcome = outcome.and(closed.map_err(SimError::from));
        }
        outcome?;
        if violations.is_empty() {
            Ok(())
        } else {
            Err(SimError::Audit { at, violations })
        }
    }

    fn summary(&mut self, events: u64) -> Summary {
        let world = &mut self.app.world;
        world.resource_scope(|world, mut recorder: Mut<'_, Recorder>| {
            let recorder = &mut *recorder;
            let mut summary = recorder.measures.summary(&mut recorder.cascades);
            let at = world.resource::<Clock>().0.tick_start();
            let calls = &mut recorder.measures.calls;
            calls.settle(at, world.resource::<Venues>());
            let called = |venue: &crate::VenueMachine| {
                let ratio = venue.exchange().config().margin_call_ratio;
                ratio > firesale_types::Rate::ONE
            };
            let anywhere = world.resource::<Venues>().iter().any(called);
            let met = anywhere.then_some(recorder.measures.calls.met as f64);
            summary.set("margin_calls_met", met);
            summary.set("halts", recorder.halts.count as f64);
            let feeds = platform_figures(world.resource::<Venues>(), &mut summary);
            summary.set("liquidated_feed_usd", feeds);
            for venue in world.resource::<Venues>().iter() {
                let exchange = venue.exchange();
                let rules = exchange.config();
                let change = |start: Usd, now: Usd| {
                    (start > Usd::ZERO).then(|| now.to_f64() / start.to_f64() - 1.0)
                };
                let capital = exchange.insurance_pools().map(|pool| pool.capital).sum();
                let of_all = change(capital, exchange.insurance_balance());
                summary.set(format!("insurance_change_frac.{}", venue.name()), of_all);
                for pool in exchange.insurance_pools().skip(1) {
                    let name = format!("insurance_change_frac.{}.{}", venue.name(), pool.name);
                    summary.set(name, change(pool.capital, pool.balance));
                }
                let pnl = rules.backstop.map(|_| exchange.vault_profit().to_f64());
                summary.set(format!("backstop_pnl_usd.{}", venue.name()), pnl);
            }
            let accounts: u64 = world
                .resource::<Populations>()
                .0
                .iter()
                .map(|p| p.accounts)
                .sum();
            summary.set("accounts", accounts as f64);
            summary.set("agents", world.resource::<Directory>().rows.len() as f64);
            summary.set("events", events as f64);
            summary.set("audits", recorder.audits as f64);
            summary.set("audit_violations", 0.0);
            for missing in [
                "amplification",
                "bill_yield_change_bp",
                "dex_bad_debt_usd",
                "institution_defaults",
                "institution_loss_usd",
            ] {
                summary.set(missing, None);
            }
            let figures = &world.resource::<OnChainRecord>().figures;
            figures.write(
                &mut summary,
                world.resource(),
                world.resource(),
                world.resource(),
            );
            summary
        })
    }
}

/// What users met at each venue's gate, and what its feed of liquidations has shown. Returns the
/// sum of the feeds, in dollars.
fn platform_figures(venues: &Venues, summary: &mut Summary) -> f64 {
    let mut all = 0.0;
    for venue in venues.iter() {
        let exchange = venue.exchange();
        let instruments = (0..exchange.config().instruments.len()).map(|i| InstrumentId(i as u16));
        let shown: i128 = instruments.map(|i| exchange.liquidated_in_feed(i)).sum();
        let shown = shown as f64 / 1e6;
        all += shown;
        let counters = exchange.platform_counters();
        let refused = counters.overloaded + counters.refused_down;
        let name = venue.name();
        summary.set(format!("liquidated_feed_usd.{name}"), shown);
        summary.set(format!("messages_refused.{name}"), refused as f64);
        summary.set(
            format!("longest_delay_s.{name}"),
            counters.longest_delay.seconds(),
        );
        let (waiting, asked) = exchange.withdrawal_queue();
        summary.set(format!("withdrawals_waiting.{name}"), waiting as f64);
        summary.set(format!("withdrawals_waiting_usd.{name}"), asked.to_f64());
        let solvency = exchange.config().platform.solvency;
        let insolvent = solvency.map(|_| f64::from(u8::from(exchange.is_insolvent())));
        summary.set(format!("insolvent.{name}"), insolvent);
    }
    all
}

fn targets(scenario: &Scenario) -> Vec<TargetResult> {
    let text = |s: &String| (!s.is_empty()).then(|| s.clone());
    scenario
        .file
        .targets
        .iter()
        .map(|t| &t.value)
        .map(|t| TargetResult {
            id: t.id.clone(),
            metric: t.metric.clone(),
            window: text(&t.window),
            formula: text(&t.formula),
            role: match t.role {
                RoleText::Outcome => TargetRole::Outcome,
                RoleText::Input => TargetRole::Input,
            },
            value: Some(t.value),
            band: t.band,
            measured: None,
            inside: false,
            source: text(&t.source),
            grade: text(&t.grade),
        })
        .collect()
}

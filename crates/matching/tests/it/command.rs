//! Random commands. A list of them is plain data, so that a failing one can be made shorter.

use firesale_matching::{
    BookConfig, MAX_PRICE, OrderRequest, Pricing, SelfTrade, TimeInForce, Trigger, TriggerSource,
    TriggerWhen,
};
use firesale_types::SimTime;
use firesale_types::{AccountId, AgentRng, Domain, OrderId, Price, Qty, RunSeed, Side, StreamKey};

/// What is done to both books.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Submit(OrderRequest),
    /// Names an order by its place among the known ones; with a wrong id it must not be found.
    Cancel {
        pick: u32,
        wrong_id: bool,
    },
    Replace {
        pick: u32,
        /// `None` keeps the price.
        price: Option<Price>,
        /// Thousandths of the open quantity, or an absolute one.
        qty: Amount,
    },
    Reference(TriggerSource, Price),
    Band(Option<(Price, Price)>),
    Halt,
    Reopen(Price),
    /// Takes what was triggered and submits it.
    Release,
    Expire,
    Wait(i64),
    /// Compares depth and impact queries.
    Probe {
        price: Price,
        value: i64,
    },
    /// Goes on with a stored and restored book.
    Checkpoint,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Amount {
    Thousandths(i64),
    Lots(Qty),
}

/// The commands of one case, and the book they are for.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub config: BookConfig,
    /// Whether reduce-only amounts are arbitrary numbers instead of positions.
    pub arbitrary_host: bool,
    pub commands: Vec<Command>,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{:?}, arbitrary host: {}",
            self.config, self.arbitrary_host
        )?;
        self.commands
            .iter()
            .try_for_each(|command| writeln!(f, "  {command:?}"))
    }
}

/// Draws the commands of a case.
pub(crate) struct Generator {
    rng: AgentRng,
    config: BookConfig,
    /// Prices are drawn around it; it walks and jumps.
    centre: i64,
    /// How far apart prices are, in grid steps.
    spread: u64,
    accounts: u64,
    now: i64,
    halted: bool,
}

const MOVES: [i64; 6] = [1, 3, 20, 64, 300, 5_000];

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let key = StreamKey {
            domain: Domain::Validation,
            population: 1,
            index: seed,
            time_ns: 0,
        };
        let mut rng = AgentRng::open(RunSeed(2025), key);
        let config = BookConfig {
            price_step: pick(&mut rng, &[1, 1, 1, 5]),
            qty_step: pick(&mut rng, &[1, 1, 10]),
            max_order_qty: Qty(pick(&mut rng, &[500, 5_000, 1 << 40])),
            max_orders: pick(&mut rng, &[12, 80, 500, 2_000]),
            window: pick(&mut rng, &[64, 64, 128, 256, 4_096]),
        };
        Self {
            centre: pick(
                &mut rng,
                &[30, 1_000, 1_200_000, MAX_PRICE.0 / 2, MAX_PRICE.0 - 40],
            ),
            spread: pick(&mut rng, &[2, 6, 40, 400]),
            accounts: pick(&mut rng, &[2, 5, 30]),
            now: 0,
            halted: false,
            rng,
            config,
        }
    }

    pub(crate) fn case(mut self, count: usize) -> Case {
        Case {
            config: self.config,
            arbitrary_host: self.rng.chance(0.3),
            commands: (0..count).map(|_| self.command()).collect(),
        }
    }

    fn command(&mut self) -> Command {
        self.move_centre();
        match self.rng.below(1_000) {
            0..620 => Command::Submit(self.request()),
            620..760 => Command::Cancel {
                pick: self.rng.next() as u32,
                wrong_id: self.rng.chance(0.02),
            },
            760..860 => Command::Replace {
                pick: self.rng.next() as u32,
                price: self.rng.chance(0.6).then(|| self.price()),
                qty: self.amount(),
            },
            860..900 => Command::Reference(self.source(), self.price()),
            900..930 => Command::Release,
            930..945 => Command::Expire,
            945..970 => {
                let span = self.rng.below(2_000) as i64;
                self.now += span;
                Command::Wait(span)
            }
            970..980 => Command::Band(self.band()),
            980..986 => {
                self.halted = true;
                Command::Halt
            }
            986..992 => {
                self.halted = false;
                Command::Reopen(self.price())
            }
            992..999 => Command::Probe {
                price: self.price(),
                value: (self.rng.next() >> self.rng.below(40)) as i64 / 2,
            },
            _ => Command::Checkpoint,
        }
    }

    /// A slow walk, with jumps as large as a window and sometimes to another world.
    fn move_centre(&mut self) {
        let size = if self.rng.chance(0.02) {
            pick(&mut self.rng, &MOVES)
        } else {
            i64::from(self.rng.chance(0.2))
        };
        let step = size * self.config.price_step;
        self.centre += if self.rng.chance(0.5) { step } else { -step };
        if self.rng.chance(0.000_5) {
            self.centre = self.anywhere();
        }
        self.centre = self.centre.clamp(1, MAX_PRICE.0);
    }

    fn anywhere(&mut self) -> i64 {
        1 + (self.rng.next() >> (24 + self.rng.below(40))) as i64
    }

    fn price(&mut self) -> Price {
        let near = self.rng.below(self.spread + 1) as i64;
        let window = i64::from(self.config.window);
        let offset = match self.rng.below(100) {
            0..80 => near,
            80..90 => self.rng.below(self.spread * 8) as i64,
            90..94 => window / 4 - near % 5,
            94..98 => window - window / 4 + near % 5,
            98 => window * 5 + near,
            _ => return self.odd_price(),
        };
        let offset = offset * self.config.price_step;
        let price = self.centre
            + if self.rng.chance(0.5) {
                offset
            } else {
                -offset
            };
        let grid = self.config.price_step;
        Price((price - price.rem_euclid(grid)).clamp(grid, MAX_PRICE.0 - MAX_PRICE.0 % grid))
    }

    fn odd_price(&mut self) -> Price {
        let anywhere = self.anywhere();
        let grid = self.config.price_step;
        let limits = [0, -7, 1, MAX_PRICE.0, MAX_PRICE.0 + 1, i64::MAX];
        Price(match self.rng.below(3) {
            0 => pick(&mut self.rng, &limits),
            1 => anywhere,
            _ => (anywhere - anywhere % grid).max(grid),
        })
    }

    fn qty(&mut self) -> Qty {
        let step = self.config.qty_step;
        let max = self.config.max_order_qty.0;
        let lots = match self.rng.below(200) {
            0 => return Qty(pick(&mut self.rng, &[0, -1, max, max + 1, 7, i64::MIN])),
            1..4 => 2_000,
            4..60 => 1 + self.rng.below(3) as i64,
            _ => 1 + self.rng.below(40) as i64,
        };
        Qty((lots * step).min(max - max % step))
    }

    fn amount(&mut self) -> Amount {
        match self.rng.below(4) {
            0 => Amount::Lots(self.qty()),
            1 => Amount::Thousandths(1_000),
            2 => Amount::Thousandths(1_500),
            _ => Amount::Thousandths(self.rng.below(1_000) as i64),
        }
    }

    fn source(&mut self) -> TriggerSource {
        pick(
            &mut self.rng,
            &[
                TriggerSource::Mark,
                TriggerSource::Index,
                TriggerSource::Last,
            ],
        )
    }

    fn band(&mut self) -> Option<(Price, Price)> {
        let half = (self.spread as i64 + self.rng.below(300) as i64) * self.config.price_step;
        self.rng
            .chance(0.25)
            .then_some((Price(self.centre - half), Price(self.centre + half)))
            .map(|(low, high)| {
                if half % 50 == 7 {
                    (low, Price(i64::MAX))
                } else {
                    (low, high)
                }
            })
    }

    /// Independent options, so that senseless combinations come up too.
    fn request(&mut self) -> OrderRequest {
        let rng = &mut self.rng;
        let account = AccountId(rng.below(self.accounts) as u32);
        let id = OrderId::new(account, rng.next() as u16, rng.next() as u16);
        let side = if rng.chance(0.5) {
            Side::Buy
        } else {
            Side::Sell
        };
        let market = rng.chance(if self.halted { 0.01 } else { 0.1 });
        let (qty, price) = (self.qty(), self.price());
        let pricing = if market {
            Pricing::Market
        } else {
            Pricing::Limit(price)
        };
        let rng = &mut self.rng;
        let tif = match rng.below(100) {
            0..72 if !market => TimeInForce::Gtc,
            0..82 if !market => TimeInForce::Gtd(SimTime(self.now - 20 + rng.below(10_000) as i64)),
            0..92 => TimeInForce::Ioc,
            92..99 => TimeInForce::Fok,
            _ => TimeInForce::Gtc,
        };
        let self_trades = [
            SelfTrade::CancelNewest,
            SelfTrade::CancelOldest,
            SelfTrade::Decrement,
        ];
        let mut request = OrderRequest {
            qty,
            pricing,
            tif,
            post_only: rng.chance(0.06),
            reduce_only: rng.chance(0.12),
            self_trade: pick(rng, &self_trades),
            tag: rng.next() as u32,
            ..OrderRequest::limit(id, side, price, qty)
        };
        if rng.chance(0.1) {
            let part = qty.0.max(4) / 4 / self.config.qty_step * self.config.qty_step;
            request.display = Some(Qty(pick(rng, &[part, part, qty.0, part + 1, 0])));
        }
        if self.rng.chance(0.1) {
            request.trigger = Some(self.trigger());
        }
        request
    }

    fn trigger(&mut self) -> Trigger {
        Trigger {
            source: self.source(),
            when: pick(
                &mut self.rng,
                &[TriggerWhen::AtOrAbove, TriggerWhen::AtOrBelow],
            ),
            price: self.price(),
        }
    }
}

fn pick<T: Copy>(rng: &mut AgentRng, choices: &[T]) -> T {
    choices[rng.below(choices.len() as u64) as usize]
}

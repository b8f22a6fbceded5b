//! The initialized ticks behind a bitmap of 256-bit words (v3-core `Tick`, `TickBitmap`).

use super::tick_math::{MAX_TICK, MIN_TICK, sqrt_ratio_at_tick};
use crate::PoolError;
use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

/// An initialized tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The tick's number.
    pub tick: i32,
    /// Liquidity of all positions that begin or end here.
    pub liquidity_gross: u128,
    /// Liquidity that enters range when the price rises across the tick, negative if it leaves.
    pub liquidity_net: i128,
    /// Fees per unit of liquidity on the side of the tick where the price is not, per token, Q128,
    /// modulo 2^256; only differences have a meaning.
    pub fee_growth_outside: [U256; 2],
    /// The tick's square-root price, computed once.
    pub sqrt_price: U256,
}

/// 256 neighbouring multiples of the tick spacing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    index: i32,
    /// Bit i: the tick `(256 * index + i) * spacing` is initialized.
    bits: [u64; 4],
    /// The initialized ticks in order: a tick's place is the number of set bits below its own.
    ticks: Vec<Tick>,
}

impl Word {
    fn is_set(&self, bit: u8) -> bool {
        self.bits[usize::from(bit / 64)] >> (bit % 64) & 1 == 1
    }

    /// Set bits below this one.
    #[inline]
    fn rank(&self, bit: u8) -> usize {
        let limb = usize::from(bit / 64);
        let whole: u32 = self.bits[..limb].iter().map(|bits| bits.count_ones()).sum();
        let part = self.bits[limb] & ((1 << (bit % 64)) - 1);
        (whole + part.count_ones()) as usize
    }

    fn flip(&mut self, bit: u8) {
        self.bits[usize::from(bit / 64)] ^= 1 << (bit % 64);
    }
}

/// Where a tick is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    word: usize,
    rank: usize,
}

/// The next tick in the direction of a swap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    pub(crate) tick: i32,
    /// Its square-root price.
    pub(crate) sqrt_price: U256,
    /// Where it is kept, if it is initialized.
    pub(crate) place: Option<Place>,
}

/// The ticks that begin or end a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TickTable {
    spacing: i32,
    /// Words with an initialized tick, by index.
    words: Vec<Word>,
}

impl TickTable {
    pub(crate) fn new(spacing: i32) -> Self {
        Self {
            spacing,
            words: Vec::new(),
        }
    }

    /// Word and bit of a tick that is a multiple of the spacing.
    fn position(&self, tick: i32) -> (i32, u8) {
        let compressed = tick / self.spacing;
        (compressed >> 8, (compressed & 0xff) as u8)
    }

    fn find(&self, index: i32) -> Result<usize, usize> {
        self.words.binary_search_by_key(&index, |word| word.index)
    }

    /// The initialized tick of this number.
    pub(crate) fn get(&self, tick: i32) -> Option<&Tick> {
        let (index, bit) = self.position(tick);
        let word = &self.words[self.find(index).ok()?];
        word.is_set(bit).then(|| &word.ticks[word.rank(bit)])
    }

    fn get_mut(&mut self, tick: i32) -> Option<&mut Tick> {
        let (index, bit) = self.position(tick);
        let at = self.find(index).ok()?;
        let word = &mut self.words[at];
        let rank = word.rank(bit);
        word.is_set(bit).then(|| &mut word.ticks[rank])
    }

    /// All initialized ticks in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tick> {
        self.words.iter().flat_map(|word| &word.ticks)
    }

    /// The tick of this number, initialized now if it was not.
    pub(crate) fn get_or_insert(&mut self, tick: i32) -> Result<&mut Tick, PoolError> {
        let (index, bit) = self.position(tick);
        let at = match self.find(index) {
            Ok(at) => at,
            Err(at) => {
                let word = Word {
                    index,
                    bits: [0; 4],
                    ticks: Vec::new(),
                };
                self.words.insert(at, word);
                at
            }
        };
        let word = &mut self.words[at];
        let rank = word.rank(bit);
        if !word.is_set(bit) {
            let fresh = Tick {
                tick,
                liquidity_gross: 0,
                liquidity_net: 0,
                fee_growth_outside: [U256::ZERO; 2],
                sqrt_price: sqrt_ratio_at_tick(tick)?,
            };
            word.ticks.insert(rank, fresh);
            word.flip(bit);
        }
        Ok(&mut word.ticks[rank])
    }

    /// Forgets a tick.
    pub(crate) fn remove(&mut self, tick: i32) {
        let (index, bit) = self.position(tick);
        let Ok(at) = self.find(index) else { return };
        let word = &mut self.words[at];
        if word.is_set(bit) {
            word.ticks.remove(word.rank(bit));
            word.flip(bit);
        }
        if word.ticks.is_empty() {
            self.words.remove(at);
        }
    }

    /// The initialized tick at or below `tick` (`down`) or above it, no further than the end of the
    /// bitmap's word: there the swap makes a step of its own, whose rounding is part of the result.
    #[inline]
    fn next_within_one_word(&self, tick: i32, down: bool) -> Result<Next, PoolError> {
        let compressed = tick.div_euclid(self.spacing) + i32::from(!down);
        let (index, bit) = (compressed >> 8, (compressed & 0xff) as u8);
        let found = self.find(index).ok().and_then(|at| {
            let word = &self.words[at];
            let below = word.rank(bit);
            let rank = if down {
                (below + usize::from(word.is_set(bit))).checked_sub(1)?
            } else {
                below
            };
            let tick = word.ticks.get(rank)?;
            Some((Place { word: at, rank }, tick))
        });
        if let Some((place, found)) = found {
            return Ok(Next {
                tick: found.tick,
                sqrt_price: found.sqrt_price,
                place: Some(place),
            });
        }
        let edge = (index << 8) + if down { 0 } else { 255 };
        let tick = (edge * self.spacing).clamp(MIN_TICK, MAX_TICK);
        Ok(Next {
            tick,
            sqrt_price: sqrt_ratio_at_tick(tick)?,
            place: None,
        })
    }

    /// The same, if the tick at `from` was just crossed: its neighbour, or a search anew.
    #[inline]
    pub(crate) fn next_after(
        &self,
        from: Option<Place>,
        tick: i32,
        down: bool,
    ) -> Result<Next, PoolError> {
        let neighbour = from.and_then(|Place { word, rank }| {
            let rank = if down { rank.checked_sub(1)? } else { rank + 1 };
            Some((Place { word, rank }, self.words[word].ticks.get(rank)?))
        });
        match neighbour {
            Some((place, found)) => Ok(Next {
                tick: found.tick,
                sqrt_price: found.sqrt_price,
                place: Some(place),
            }),
            None => self.next_within_one_word(tick, down),
        }
    }

    /// Crosses a tick: fee growth outside it is now that of the other side. Crossing twice at the
    /// same growth changes nothing. Returns the net liquidity.
    #[inline]
    pub(crate) fn cross(&mut self, place: Place, growth: [U256; 2]) -> i128 {
        let tick = &mut self.words[place.word].ticks[place.rank];
        for (outside, global) in tick.fee_growth_outside.iter_mut().zip(growth) {
            *outside = global.wrapping_sub(*outside);
        }
        tick.liquidity_net
    }

    /// The net liquidity of a tick.
    #[inline]
    pub(crate) fn liquidity_net(&self, place: Place) -> i128 {
        self.words[place.word].ticks[place.rank].liquidity_net
    }

    /// Fee growth per unit of liquidity within a range whose ends are initialized, modulo 2^256.
    pub(crate) fn fee_growth_inside(
        &self,
        (lower, upper): (i32, i32),
        current: i32,
        global: [U256; 2],
    ) -> [U256; 2] {
        let outside = |tick: i32| {
            self.get(tick)
                .map_or([U256::ZERO; 2], |tick| tick.fee_growth_outside)
        };
        let (low, high) = (outside(lower), outside(upper));
        std::array::from_fn(|i| {
            let below = if current >= lower {
                low[i]
            } else {
                global[i].wrapping_sub(low[i])
            };
            let above = if current < upper {
                high[i]
            } else {
                global[i].wrapping_sub(high[i])
            };
            global[i].wrapping_sub(below).wrapping_sub(above)
        })
    }

    /// Adds liquidity to one end of a range, or takes it; whether the tick is left without any.
    pub(crate) fn update(
        &mut self,
        tick: i32,
        upper: bool,
        delta: i128,
        current: i32,
        global: [U256; 2],
    ) -> Result<bool, PoolError> {
        let tick = if delta > 0 {
            self.get_or_insert(tick)?
        } else {
            self.get_mut(tick).ok_or(PoolError::PositionTooSmall)?
        };
        if tick.liquidity_gross == 0 && tick.tick <= current {
            // By convention all growth before a tick was initialized happened below it.
            tick.fee_growth_outside = global;
        }
        let sign = if upper { -1 } else { 1 };
        tick.liquidity_gross = tick
            .liquidity_gross
            .checked_add_signed(delta)
            .ok_or(PoolError::PositionTooSmall)?;
        tick.liquidity_net = tick
            .liquidity_net
            .checked_add(delta * sign)
            .ok_or(PoolError::Overflow)?;
        Ok(tick.liquidity_gross == 0)
    }
}

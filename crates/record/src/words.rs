//! Columns that hold one of a few words.

macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$vdoc:meta])* $variant:ident = $word:literal, )+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$vdoc])* $variant, )+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$( Self::$variant, )+];

            /// The word in the file.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }

            /// The value of a word, if it is one.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$variant), )+ _ => None }
            }
        }
    };
}

words! {
    /// The direction of a position.
    PositionSide {
        /// Gains when the price rises.
        Long = "long",
        /// Gains when the price falls.
        Short = "short",
    }
}

impl From<firesale_types::Side> for PositionSide {
    fn from(side: firesale_types::Side) -> Self {
        match side {
            firesale_types::Side::Buy => Self::Long,
            firesale_types::Side::Sell => Self::Short,
        }
    }
}

words! {
    /// The stage that closed a position by force.
    Stage {
        /// An order to the public book.
        Book = "book",
        /// Taken over by the backstop vault.
        Backstop = "backstop",
        /// Taken over by the insurance fund.
        Insurance = "insurance",
        /// Closed against positions in profit.
        Adl = "adl",
        /// Taken over by a member of the clearing house, or torn up.
        Clearing = "clearing",
    }
}

words! {
    /// Who bore a part of a default at a cleared venue.
    Layer {
        /// The defaulter's margin.
        Margin = "margin",
        /// The defaulter's contribution to the default fund.
        Contribution = "contribution",
        /// Own capital of the house before the fund.
        OwnCapital = "own_capital",
        /// The other members' contributions.
        MutualFund = "mutual_fund",
        /// Own capital of the house after the fund.
        SecondCapital = "second_capital",
        /// A member called beyond its contribution.
        Assessment = "assessment",
        /// A gain that was kept back.
        GainsHaircut = "gains_haircut",
        /// The other side of a contract that was torn up.
        TearUp = "tear_up",
    }
}

words! {
    /// Why an order was sent or an account fell below its margin.
    Reason {
        /// Nothing stated: an explicit command of the scenario.
        Script = "script",
        /// A change of the fundamental value made public.
        News = "news",
        /// A trading signal, an opinion, a need for cash.
        Signal = "signal",
        /// A stop-loss or take-profit.
        Stop = "stop",
        /// A margin call, or fear of one.
        Margin = "margin",
        /// A hedge or an arbitrage.
        Hedge = "hedge",
        /// A market maker's inventory or quote.
        Inventory = "inventory",
        /// A move of the index.
        Index = "index",
        /// Another liquidation.
        Liquidation = "liquidation",
        /// A hedge that auto-deleveraging took.
        Adl = "adl",
        /// The vault or the fund sold what it had taken over.
        Unwind = "unwind",
        /// The gap at the reopening after a halt; for a halt, that of another venue.
        Halt = "halt",
        /// A payment of funding.
        Funding = "funding",
    }
}

words! {
    /// What brought an account a loss.
    Factor {
        /// The mark of an instrument.
        Mark = "mark",
        /// The price of a collateral asset.
        Collateral = "collateral",
        /// Funding.
        Funding = "funding",
        /// A share of others' losses.
        Charge = "charge",
    }
}

words! {
    /// Which of two snapshots a row belongs to.
    Moment {
        /// The run's start, before the crash.
        Before = "before",
        /// The run's end.
        After = "after",
    }
}

words! {
    /// What happened to an order.
    OrderAction {
        /// It reached the venue and was accepted.
        Accepted = "accepted",
        /// The venue refused it.
        Rejected = "rejected",
        /// Its price or quantity changed.
        Replaced = "replaced",
        /// It was taken back or expired.
        Cancelled = "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for &stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.name()), Some(stage));
        }
        for &layer in Layer::ALL {
            assert_eq!(Layer::parse(layer.name()), Some(layer));
        }
        for &reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.name()), Some(reason));
        }
        assert_eq!(Stage::parse("Book"), None);
    }
}

//! The state that a case asks for.

use firesale_types::{InstrumentId, Price, Usd};

use super::words::{Parsed, Words, money, percent};
use super::world::{SLOTS, World};
use crate::lab::USD;

impl World {
    /// What is true of a question such as `alice position BTC`.
    pub(super) fn answer(&self, words: &mut Words) -> Parsed<String> {
        let exchange = &self.lab.exchange;
        let name = words.word("a subject")?;
        if name == "bad-debt" {
            return Ok(money(Usd(exchange.bad_debt() as i64)));
        }
        if let Some(instrument) = self.names.find_instrument(name) {
            return self.answer_of(instrument, words);
        }
        let account = self.names.find_account(name);
        let account = account.ok_or(format!("`{name}` is no account and no instrument"))?;
        Ok(match words.word("what of it")? {
            "position" => {
                let key = self.position(words)?;
                let leg = exchange.leg(account, key);
                leg.map_or(0, |leg| leg.qty.0).to_string()
            }
            "margin" => {
                let leg = exchange.leg(account, self.position(words)?);
                money(leg.map_or(Usd::ZERO, |leg| leg.margin))
            }
            "liquidation-price" => {
                price(exchange.liquidation_price(account, self.position(words)?))
            }
            "equity" => money(exchange.equity(account)),
            "maintenance" => money(exchange.maintenance(account)),
            "free-margin" => money(exchange.free_margin(account)),
            "cash" => money(exchange.balance(account, USD)),
            "balance" => money(exchange.balance(account, self.asset(words)?)),
            "stake" => money(exchange.vault_stake(account)),
            "orders" => {
                let open = (0..SLOTS).filter(|&slot| exchange.open_order(account, slot).is_some());
                open.count().to_string()
            }
            "in-liquidation" => yes(exchange.in_liquidation(account)),
            other => return Err(format!("an account has no `{other}`")),
        })
    }

    fn answer_of(&self, instrument: InstrumentId, words: &mut Words) -> Parsed<String> {
        let exchange = &self.lab.exchange;
        Ok(match words.word("what of it")? {
            "mark" => price(Some(exchange.mark(instrument))),
            "last" => price(Some(exchange.last(instrument))),
            "bid" => price(exchange.best_bid(instrument)),
            "ask" => price(exchange.best_ask(instrument)),
            "open-interest" => exchange.open_interest(instrument).0.to_string(),
            "funding-rate" => percent(exchange.funding_rate(instrument)),
            "halted" => yes(exchange.book(instrument).is_halted()),
            other => return Err(format!("an instrument has no `{other}`")),
        })
    }
}

fn price(price: Option<Price>) -> String {
    price.map_or("none".to_owned(), |p| p.0.to_string())
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

//! Fields of JSON, or what is missing.

use firesale_amm::U256;
use serde_json::Value;

pub(super) type Read<T> = Result<T, String>;

/// A field that must be there.
pub(super) fn field<'a>(value: &'a Value, key: &str) -> Read<&'a Value> {
    value.get(key).ok_or_else(|| format!("there is no `{key}`"))
}

/// A field of text.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Read<&'a str> {
    let found = field(value, key)?.as_str();
    found.ok_or_else(|| format!("`{key}` is no text"))
}

/// The elements of a list.
pub(super) fn items(value: &Value) -> Read<&[Value]> {
    let items = value.as_array().map(Vec::as_slice);
    items.ok_or_else(|| format!("{value} is no list"))
}

/// A field that is a list.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> Read<&'a [Value]> {
    items(field(value, key)?).map_err(|error| format!("`{key}`: {error}"))
}

/// A list that may be absent.
pub(super) fn list_or_none<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let found = value.get(key).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

/// The digits of an integer that is text or a number.
pub(super) fn digits(value: &Value) -> Read<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        other => Err(format!("{other} is no integer")),
    }
}

/// An integer that is not negative.
pub(super) fn integer(value: &Value) -> Read<U256> {
    let text = digits(value)?;
    U256::from_str_radix(&text, 10).map_err(|error| format!("{text}: {error}"))
}

/// An integer of another width.
pub(super) fn narrow<T: TryFrom<U256>>(value: &Value) -> Read<T> {
    let wide = integer(value)?;
    T::try_from(wide).map_err(|_| format!("{wide} is too large"))
}

/// An integer of 128 bits.
pub(super) fn amount(value: &Value) -> Read<u128> {
    narrow(value)
}

/// A list of them.
pub(super) fn amounts(value: &Value, key: &str) -> Read<Vec<u128>> {
    list(value, key)?.iter().map(amount).collect()
}

/// A list of integers of 256 bits.
pub(super) fn integers(value: &Value, key: &str) -> Read<Vec<U256>> {
    list(value, key)?.iter().map(integer).collect()
}

/// A small integer, perhaps negative.
pub(super) fn small(value: &Value) -> Read<i32> {
    let text = digits(value)?;
    text.parse().map_err(|error| format!("{text}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_are_text_or_numbers() {
        let large = "340282366920938463463374607431768211456";
        assert_eq!(integer(&json!(large)), Ok(U256::from(1) << 128));
        assert_eq!(amount(&json!(7)), Ok(7));
        assert_eq!(small(&json!("-887272")), Ok(-887_272));
        assert!(amount(&json!(large)).unwrap_err().contains("too large"));
        assert!(integer(&json!(1.5)).is_err());
        assert!(integer(&json!("-1")).is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        let value = json!({"a": [1, "2"], "b": "text"});
        assert_eq!(amounts(&value, "a"), Ok(vec![1, 2]));
        assert_eq!(text(&value, "b"), Ok("text"));
        assert_eq!(field(&value, "c").unwrap_err(), "there is no `c`");
        assert_eq!(list(&value, "b").unwrap_err(), "`b`: \"text\" is no list");
        assert!(list_or_none(&value, "c").is_empty());
    }
}

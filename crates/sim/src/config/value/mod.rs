//! The values of scenario files that carry a unit: exact decimals, money, ratios, spans and moments.

mod decimal;
mod duration;
mod moment;
mod money;
mod ratio;

use std::fmt;

use super::node::quoted;
use super::{Problem, Span};

pub use decimal::Decimal;
pub use duration::DurationText;
pub use moment::{Moment, UtcTime};
pub use money::{Money, SignedMoney};
pub use ratio::Ratio;

/// Why a text or a number is not a value of its type, and what would be.
///
/// It shows as the message with the help in parentheses; read from a tree, it becomes the message and
/// the help of a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// What is wrong, beginning with the value.
    pub message: String,
    /// What is allowed.
    pub help: String,
}

impl ValueError {
    /// As a problem at a place.
    #[must_use]
    pub fn at(self, span: Span) -> Problem {
        Problem::new(span, self.message).help(self.help)
    }

    /// As an error of a deserializer; the line break separates the help for the reader of trees.
    fn into_serde<E: serde::de::Error>(self) -> E {
        E::custom(format_args!("{}\n{}", self.message, self.help))
    }

    /// `"10 parsecs": unknown unit "parsecs"`.
    fn of(text: &str, what: impl fmt::Display, help: &str) -> Self {
        Self {
            message: format!("{}: {what}", quoted(text)),
            help: help.to_owned(),
        }
    }

    /// The same for a value that was a number.
    fn of_number(number: impl fmt::Display, what: impl fmt::Display, help: &str) -> Self {
        Self {
            message: format!("{number}: {what}"),
            help: help.to_owned(),
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.help)
    }
}

impl std::error::Error for ValueError {}

/// A type that is written as a text, or as a number where that is clear.
trait Written: Sized {
    /// For "expected ...".
    const EXPECTED: &'static str;
    /// For editors.
    const SCHEMA_NAME: &'static str;

    fn from_text(text: &str) -> Result<Self, ValueError>;
    fn from_integer(number: i64) -> Result<Self, ValueError>;
    fn from_float(number: f64) -> Result<Self, ValueError>;
    fn schema() -> schemars::Schema;
}

struct WrittenVisitor<T>(std::marker::PhantomData<T>);

impl<T: Written> serde::de::Visitor<'_> for WrittenVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(ValueError::into_serde)
    }
    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<T, E> {
        T::from_integer(number).map_err(ValueError::into_serde)
    }
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<T, E> {
        match i64::try_from(number) {
            Ok(number) => T::from_integer(number).map_err(ValueError::into_serde),
            Err(_) => Err(E::custom(format!("{number}: out of range"))),
        }
    }
    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<T, E> {
        T::from_float(number).map_err(ValueError::into_serde)
    }
}

/// `FromStr` and the traits of serde and schemars, from [`Written`] and `Display`.
macro_rules! written {
    ($type:ty) => {
        impl std::str::FromStr for $type {
            type Err = $crate::config::ValueError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                super::Written::from_text(text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(super::WrittenVisitor(std::marker::PhantomData))
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                <Self as super::Written>::SCHEMA_NAME.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <Self as super::Written>::schema()
            }
        }
    };
}
use written;

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, SchemaGenerator};
    use serde::de::DeserializeOwned;

    use super::*;

    /// The examples that an editor shows are values, and values are written as what is read.
    fn examples<T: JsonSchema + DeserializeOwned + serde::Serialize + PartialEq + fmt::Debug>() {
        let schema = SchemaGenerator::default().into_root_schema_for::<T>();
        let examples = schema.get("examples").and_then(|e| e.as_array()).unwrap();
        assert!(!examples.is_empty());
        for example in examples {
            let value: T = serde_json::from_value(example.clone()).unwrap();
            let written = serde_json::to_value(&value).unwrap();
            assert!(written.is_string());
            assert_eq!(serde_json::from_value::<T>(written).unwrap(), value);
        }
    }

    #[test]
    fn examples_are_values() {
        examples::<Decimal>();
        examples::<DurationText>();
        examples::<Money>();
        examples::<SignedMoney>();
        examples::<Ratio>();
        examples::<Moment>();
        examples::<UtcTime>();
    }

    #[test]
    fn errors_keep_their_help_outside_of_trees() {
        let error = "5x".parse::<Ratio>().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("\"5x\": unknown unit \"x\" (ratios are")
        );
        let error = serde_json::from_str::<Ratio>("\"5x\"").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("\"5x\": unknown unit \"x\"\nratios are")
        );
        let problem = "soon".parse::<Moment>().unwrap_err().at(Span::NONE);
        assert!(problem.help.is_some());
    }
}

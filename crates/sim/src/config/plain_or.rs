//! A key whose value is either plain or a table.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, Deserializer, Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor,
};
use serde::{Serialize, Serializer};

/// A plain value (`equity = "5_000"`) or a table that says more (`equity = { min = ..., ... }`).
///
/// What `#[serde(untagged)]` does, but the form decides which of the two is read, so that an error
/// is about the form that was written and has its exact place. Arrays are read as the table's type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlainOr<A, B> {
    /// A string, a number or a truth value.
    Plain(A),
    /// A table (or an array).
    Table(B),
}

impl<A: Default, B> Default for PlainOr<A, B> {
    fn default() -> Self {
        Self::Plain(A::default())
    }
}

impl<A: Serialize, B: Serialize> Serialize for PlainOr<A, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Table(value) => value.serialize(serializer),
        }
    }
}

impl<A: JsonSchema, B: JsonSchema> JsonSchema for PlainOr<A, B> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_{}", A::schema_name(), B::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [generator.subschema_for::<A>(), generator.subschema_for::<B>()]
        })
    }
}

impl<'de, A: Deserialize<'de>, B: Deserialize<'de>> Deserialize<'de> for PlainOr<A, B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FormVisitor(PhantomData))
    }
}

struct FormVisitor<A, B>(PhantomData<(A, B)>);

impl<'de, A: Deserialize<'de>, B: Deserialize<'de>> Visitor<'de> for FormVisitor<A, B> {
    type Value = PlainOr<A, B>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value or a table")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        A::deserialize(text.into_deserializer()).map(PlainOr::Plain)
    }
    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        A::deserialize(truth.into_deserializer()).map(PlainOr::Plain)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        A::deserialize(number.into_deserializer()).map(PlainOr::Plain)
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        A::deserialize(number.into_deserializer()).map(PlainOr::Plain)
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        A::deserialize(number.into_deserializer()).map(PlainOr::Plain)
    }
    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        B::deserialize(MapAccessDeserializer::new(map)).map(PlainOr::Table)
    }
    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
        B::deserialize(SeqAccessDeserializer::new(seq)).map(PlainOr::Table)
    }
}

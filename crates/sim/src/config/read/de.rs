//! The deserializers over a node and over a key.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::super::{Span, spanned};
use super::access::{Items, Pairs, Placed, Tagged};
use super::error::ReadError;
use super::{Node, Table, Value};

/// A node to be read; the nodes in `aside` are passed over as if they were not there.
#[derive(Clone, Copy)]
pub(crate) struct NodeDe<'a> {
    pub(super) node: &'a Node,
    pub(super) aside: &'a [&'a Node],
}

impl<'a> NodeDe<'a> {
    fn table(self) -> Result<&'a Table, ReadError> {
        match &self.node.value {
            Value::Table(table) => Ok(table),
            _ => Err(ReadError::expected("a table", self.node)),
        }
    }

    fn pairs(self) -> Result<Pairs<'a>, ReadError> {
        Ok(Pairs::new(self.table()?, None, self.aside))
    }

    fn items(self) -> Result<(Items<'a>, usize), ReadError> {
        match &self.node.value {
            Value::Array(items) => Ok((Items::new(items, self.aside), items.len())),
            _ => Err(ReadError::expected("an array", self.node)
                .help("an array is written in brackets, also with one element")),
        }
    }

    /// An integer between the bounds of its type.
    fn integer(self, least: i64, most: i64) -> Result<i64, ReadError> {
        match &self.node.value {
            Value::Integer(number) if *number < least => Err(ReadError::new(format!(
                "{number}: must be at least {least}"
            ))),
            Value::Integer(number) if *number > most => {
                Err(ReadError::new(format!("{number}: must be at most {most}")))
            }
            Value::Integer(number) => Ok(*number),
            Value::String(text) if text.replace('_', "").parse::<i64>().is_ok() => {
                Err(ReadError::expected("an integer", self.node).help("write it without quotes"))
            }
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Err(ReadError::expected("an integer", self.node).help(format!("write {number:.0}")))
            }
            _ => Err(ReadError::expected("an integer", self.node)),
        }
    }

    fn float(self) -> Result<f64, ReadError> {
        match &self.node.value {
            Value::Integer(number) => Ok(*number as f64),
            Value::Float(number) if number.is_finite() => Ok(*number),
            Value::Float(number) => Err(ReadError::new(format!("{number}: must be finite"))),
            Value::String(text) if text.parse::<f64>().is_ok() => {
                Err(ReadError::expected("a number", self.node).help("write it without quotes"))
            }
            _ => Err(ReadError::expected("a number", self.node)),
        }
    }

    fn text(self) -> Result<&'a str, ReadError> {
        self.node
            .as_str()
            .ok_or_else(|| ReadError::expected("a string", self.node))
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty, $least:expr, $most:expr;)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
                let number = self.integer($least, $most)?;
                visitor.$visit(number as $type)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for NodeDe<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(_) => visitor.visit_f64(self.float()?),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
        }
    }

    integers! {
        deserialize_i8 visit_i64 i64, i8::MIN.into(), i8::MAX.into();
        deserialize_i16 visit_i64 i64, i16::MIN.into(), i16::MAX.into();
        deserialize_i32 visit_i64 i64, i32::MIN.into(), i32::MAX.into();
        deserialize_i64 visit_i64 i64, i64::MIN, i64::MAX;
        deserialize_i128 visit_i64 i64, i64::MIN, i64::MAX;
        deserialize_u8 visit_u64 u64, 0, u8::MAX.into();
        deserialize_u16 visit_u64 u64, 0, u16::MAX.into();
        deserialize_u32 visit_u64 u64, 0, u32::MAX.into();
        deserialize_u64 visit_u64 u64, 0, i64::MAX;
        deserialize_u128 visit_u64 u64, 0, i64::MAX;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Bool(truth) => visitor.visit_bool(*truth),
            _ => Err(ReadError::expected("`true` or `false`", self.node)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == spanned::NAME {
            visitor.visit_seq(Placed::new(self.node.span, self))
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_seq(self.items()?.0)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let (items, found) = self.items()?;
        if found != length {
            let message = format!("expected an array of {length} elements, found {found}");
            return Err(ReadError::new(message));
        }
        visitor.visit_seq(items)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_map(self.pairs()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_map(self.pairs()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_enum(Tagged::new(self, variants)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct identifier }
}

/// A key to be read.
#[derive(Clone, Copy)]
pub(crate) struct KeyDe<'a> {
    pub(super) key: &'a str,
    pub(super) span: Span,
}

impl<'de> Deserializer<'de> for KeyDe<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.key)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == spanned::NAME {
            visitor.visit_seq(Placed::new(self.span, self))
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        BorrowedStrDeserializer::new(self.key).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

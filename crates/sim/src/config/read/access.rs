//! The parts of arrays, tables, tagged tables and placed values, one after the other.

use serde::de::value::{BorrowedStrDeserializer, U64Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::super::node::abridged;
use super::super::suggest::nearest;
use super::super::{Entry, Span};
use super::de::{KeyDe, NodeDe};
use super::error::{Kind, ReadError};
use super::{Node, Segment, Table, Value, holds};

/// The key that names the variant of a tagged table.
const TAG: &str = "kind";

/// The elements of an array.
pub(super) struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    aside: &'a [&'a Node],
}

impl<'a> Items<'a> {
    pub(super) fn new(items: &'a [Node], aside: &'a [&'a Node]) -> Self {
        Self {
            items: items.iter().enumerate(),
            aside,
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let aside = self.aside;
        let Some((index, node)) = self.items.find(|(_, node)| !holds(aside, node)) else {
            return Ok(None);
        };
        seed.deserialize(NodeDe { node, aside })
            .map(Some)
            .map_err(|error| error.inside(node).under(Segment::Index(index)))
    }
}

/// The entries of a table, without one key if so asked.
pub(super) struct Pairs<'a> {
    entries: Box<dyn Iterator<Item = (&'a str, &'a Entry)> + 'a>,
    aside: &'a [&'a Node],
    current: Option<(&'a str, &'a Entry)>,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(table: &'a Table, without: Option<&'a str>, aside: &'a [&'a Node]) -> Self {
        let kept =
            move |key: &str, entry: &Entry| Some(key) != without && !holds(aside, &entry.node);
        Self {
            entries: Box::new(table.iter().filter(move |(key, entry)| kept(key, entry))),
            aside,
            current: None,
        }
    }

    fn nothing(aside: &'a [&'a Node]) -> Self {
        Self {
            entries: Box::new(std::iter::empty()),
            aside,
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Pairs<'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        self.current = self.entries.next();
        let Some((key, entry)) = self.current else {
            return Ok(None);
        };
        let span = entry.key_span;
        seed.deserialize(KeyDe { key, span })
            .map(Some)
            .map_err(|error| error.at(span).under(Segment::Key(key.to_owned())))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let Some((key, entry)) = self.current.take() else {
            return Err(ReadError::new("a value was asked for before its key"));
        };
        let (node, aside) = (&entry.node, self.aside);
        seed.deserialize(NodeDe { node, aside })
            .map_err(|error| error.inside(node).under(Segment::Key(key.to_owned())))
    }
}

/// A value as [`Spanned`](super::super::Spanned) takes it: file, start, end, the value.
pub(super) struct Placed<D> {
    numbers: std::array::IntoIter<u64, 3>,
    value: Option<D>,
}

impl<D> Placed<D> {
    pub(super) fn new(span: Span, value: D) -> Self {
        let numbers = [span.file.into(), span.start.into(), span.end.into()];
        Self {
            numbers: numbers.into_iter(),
            value: Some(value),
        }
    }
}

impl<'de, D: Deserializer<'de, Error = ReadError>> SeqAccess<'de> for Placed<D> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        if let Some(number) = self.numbers.next() {
            let number: U64Deserializer<ReadError> = number.into_deserializer();
            return seed.deserialize(number).map(Some);
        }
        self.value.take().map(|v| seed.deserialize(v)).transpose()
    }
}

/// An enum: which variant, and what is said about it.
pub(super) struct Tagged<'a> {
    de: NodeDe<'a>,
    tag: &'a str,
    /// The key or value that names the variant, and its path, for an error about the name.
    tag_span: Span,
    tag_path: Option<&'a str>,
    content: Content<'a>,
}

enum Content<'a> {
    /// Only the name.
    Nothing,
    /// The table without the tag.
    Rest(&'a Table),
    /// The value of the only key, `{ variant = value }`.
    Value(NodeDe<'a>),
}

impl<'a> Tagged<'a> {
    pub(super) fn new(
        de: NodeDe<'a>,
        variants: &'static [&'static str],
    ) -> Result<Self, ReadError> {
        let table = match &de.node.value {
            Value::String(tag) => {
                return Ok(Self {
                    de,
                    tag,
                    tag_span: de.node.span,
                    tag_path: None,
                    content: Content::Nothing,
                });
            }
            Value::Table(table) => table,
            _ => return Err(ReadError::expected("a string or a table", de.node).allowed(variants)),
        };
        if let Some(entry) = table.entry(TAG)
            && !holds(de.aside, &entry.node)
        {
            let Some(tag) = entry.node.as_str() else {
                return Err(ReadError::expected("a string", &entry.node)
                    .allowed(variants)
                    .at(entry.node.span)
                    .under(Segment::Key(TAG.to_owned())));
            };
            return Ok(Self {
                de,
                tag,
                tag_span: entry.node.span,
                tag_path: Some(TAG),
                content: Content::Rest(table),
            });
        }
        let mut entries = table.iter();
        if let (Some((tag, entry)), None) = (entries.next(), entries.next())
            && variants.contains(&tag)
        {
            let value = NodeDe {
                node: &entry.node,
                ..de
            };
            return Ok(Self {
                de,
                tag,
                tag_span: entry.key_span,
                tag_path: Some(tag),
                content: Content::Value(value),
            });
        }
        Err(untagged(table, variants))
    }

    /// The fields of the variant, read by `visit`.
    fn fields<T>(
        self,
        read: impl FnOnce(FieldsDe<'a>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let aside = self.de.aside;
        match self.content {
            Content::Nothing => read(FieldsDe(Pairs::nothing(aside))),
            Content::Rest(table) => read(FieldsDe(Pairs::new(table, Some(TAG), aside))),
            Content::Value(value) => {
                let node = value.node;
                let Value::Table(table) = &node.value else {
                    return Err(self.outside(ReadError::expected("a table", node), node));
                };
                let tag = self.tag.to_owned();
                read(FieldsDe(Pairs::new(table, None, aside)))
                    .map_err(|error| error.inside(node).under(Segment::Key(tag)))
            }
        }
    }

    fn outside(&self, error: ReadError, node: &Node) -> ReadError {
        error.inside(node).under(Segment::Key(self.tag.to_owned()))
    }
}

/// The error of a table that names no variant: a key that is none where others are or where it is
/// nearly one, or else the missing tag.
fn untagged(table: &Table, variants: &'static [&'static str]) -> ReadError {
    let known: Vec<String> = variants.iter().map(|v| (*v).to_owned()).collect();
    let is_variant = |key: &str| variants.contains(&key);
    let one_is = table.keys().any(is_variant);
    let stray = |key: &str| !is_variant(key) && (one_is || nearest(key, &known).is_some());
    match table.iter().find(|(key, _)| stray(key)) {
        Some((key, entry)) => {
            let kind = Kind::UnknownKey(key.to_owned());
            ReadError::of(kind, format!("unknown key `{}`", abridged(key)))
                .allowed(variants)
                .at(entry.key_span)
                .under(Segment::Key(key.to_owned()))
        }
        None if one_is => ReadError::new("only one of these keys may be there").allowed(variants),
        None => {
            let message = format!("missing key `{TAG}`");
            ReadError::of(Kind::Missing(TAG.to_owned()), message).allowed(variants)
        }
    }
}

impl<'de> EnumAccess<'de> for Tagged<'de> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), ReadError> {
        let name = BorrowedStrDeserializer::new(self.tag);
        let variant = seed.deserialize(name).map_err(|error: ReadError| {
            let error = error.at(self.tag_span);
            match self.tag_path {
                Some(key) => error.under(Segment::Key(key.to_owned())),
                None => error,
            }
        })?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Tagged<'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        let tag = self.tag.to_owned();
        if let Content::Value(value) = &self.content {
            let error = ReadError::new(format!("`{tag}` takes no value"));
            return Err(self.outside(error, value.node));
        }
        self.fields(|mut fields| match fields.0.entries.next() {
            None => Ok(()),
            Some((key, entry)) => {
                let kind = Kind::UnknownKey(key.to_owned());
                Err(ReadError::of(kind, format!("`{tag}` has no key `{key}`"))
                    .at(entry.key_span)
                    .under(Segment::Key(key.to_owned())))
            }
        })
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, ReadError> {
        match self.content {
            Content::Value(value) => {
                let error = seed.deserialize(value);
                let tag = self.tag.to_owned();
                error.map_err(|e| e.inside(value.node).under(Segment::Key(tag)))
            }
            _ => self.fields(|fields| seed.deserialize(fields)),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.content {
            Content::Value(value) => {
                let tag = self.tag.to_owned();
                value
                    .deserialize_tuple(length, visitor)
                    .map_err(|e| e.inside(value.node).under(Segment::Key(tag)))
            }
            _ => Err(ReadError::new(format!(
                "`{}` takes an array: {{ {} = [...] }}",
                self.tag, self.tag
            ))),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.fields(|de| de.deserialize_struct("", fields, visitor))
    }
}

/// The fields of a variant as a table of their own.
struct FieldsDe<'a>(Pairs<'a>);

impl<'de> Deserializer<'de> for FieldsDe<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_map(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

//! Named strings, as queries and forms carry them, read into a value by serde.
//!
//! Unlike `serde_urlencoded` this takes repeated fields for a `Vec`, and its errors name the field.

use std::fmt;

use percent_encoding::percent_decode;
use serde::de::value::StringDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::cgi::uri::text;

mod values;

pub(super) use values::Values;

/// How many fields are taken: keys are compared with each other, and a request must not buy quadratic time.
const MOST: usize = 1000;

/// What is wrong, and with which field.
#[derive(Debug)]
pub(super) struct Error {
    pub(super) field: Option<String>,
    pub(super) message: String,
}

/// Reads `a=1&b=2`.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    T::deserialize(Fields::new(collect(text)?))
}

/// Apart from [`parse`], so that it is not there once for each type.
fn collect(fields: &[u8]) -> Result<Vec<Field>, Error> {
    let pieces = fields.split(|byte| *byte == b'&');
    let mut fields: Vec<Field> = Vec::new();
    for (count, piece) in pieces.filter(|piece| !piece.is_empty()).enumerate() {
        if count == MOST {
            return Err(Error::custom(format_args!(
                "there are more than {MOST} fields"
            )));
        }
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        let mut half = || decode(halves.next().unwrap_or_default());
        let (name, value) = (half(), half());
        match fields.iter_mut().find(|field| field.name == name) {
            Some(field) => field.values.push(value),
            None => fields.push(Field {
                name,
                values: vec![value],
            }),
        }
    }
    Ok(fields)
}

/// One half of `a+b=%20` (WHATWG URL §5.1).
fn decode(half: &[u8]) -> String {
    let mut spaced = half.to_vec();
    for byte in &mut spaced {
        if *byte == b'+' {
            *byte = b' ';
        }
    }
    text(percent_decode(&spaced).collect())
}

/// Says what is wrong in words for the client.
pub(super) fn explain(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    field: Option<&str>,
    message: &str,
) -> fmt::Result {
    match field {
        Some(field) => write!(
            f,
            "{what} is not what is expected here. `{field}`: {message}"
        ),
        None => write!(f, "{what} is not what is expected here: {message}"),
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            field: None,
            message: message.to_string(),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            field: Some(field.to_owned()),
            message: "it is missing".to_owned(),
        }
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self {
            field: Some(field.to_owned()),
            message: "there is no such field".to_owned(),
        }
    }
}

/// One name with all that came under it.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

/// All fields, as a map.
pub(super) struct Fields {
    rest: std::vec::IntoIter<Field>,
    /// The field whose key was handed out last.
    value: Option<Field>,
}

impl Fields {
    pub(super) fn new(fields: Vec<Field>) -> Self {
        Self {
            rest: fields.into_iter(),
            value: None,
        }
    }
}

impl<'de> Deserializer<'de> for Fields {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct map
        struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(field) = self.rest.next() else {
            return Ok(None);
        };
        let key = seed.deserialize(StringDeserializer::new(field.name.clone()));
        self.value = Some(field);
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let field = self
            .value
            .take()
            .ok_or_else(|| Error::custom("a value was asked for before its key"))?;
        seed.deserialize(Values::new(field.values))
            .map_err(|mut error| {
                error.field.get_or_insert(field.name);
                error
            })
    }
}

#[cfg(test)]
mod tests;

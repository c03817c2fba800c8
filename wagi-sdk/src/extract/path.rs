//! The parameters of the path as a value.

use std::cell::Cell;
use std::fmt;

use http::StatusCode;
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::fields::{Error, Values};
use crate::error::rejection;
use crate::{FromRequestParts, Parts};

/// The parameters that the [`Router`](crate::Router) found in the path: a single value, a tuple in the order of the
/// pattern, or a struct or map by their names.
///
/// ```
/// use serde::Deserialize;
/// use wagi_sdk::{Path, Router, testing::Request};
///
/// #[derive(Deserialize)]
/// struct Place { shelf: String, book: u32 }
///
/// fn book(Path(place): Path<Place>) -> String {
///     format!("book {} on shelf {}", place.book, place.shelf)
/// }
///
/// fn pages(Path((_shelf, _book, from, to)): Path<(String, u32, u32, u32)>) -> String {
///     format!("pages {from} to {to}")
/// }
///
/// let app = || {
///     Router::new().get("/{shelf}/{book}", book).get("/{shelf}/{book}/{from}/{to}", pages)
/// };
/// assert_eq!(Request::get("/a%2Fb/12").send(app()).text(), "book 12 on shelf a/b");
/// assert_eq!(Request::get("/a/12/3/7").send(app()).text(), "pages 3 to 7");
///
/// let refused = Request::get("/a/twelve").send(app());
/// assert_eq!(refused.status(), 400);
/// assert_eq!(refused.text(), "The path is not what is expected here. `book`: `twelve` is not a whole number from 0 to 4294967295\n");
/// ```
///
/// A type that asks for other parameters than the pattern has is a 500, and the log says why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts for Path<T> {
    type Rejection = PathRejection;

    fn from_parts(parts: &mut Parts) -> Result<Self, PathRejection> {
        let all = parts.path_parameters();
        let fits = Cell::new(false);
        T::deserialize(Parameters { all, fits: &fits })
            .map(Path)
            .map_err(|error| PathRejection::new(error, all, fits.get()))
    }
}

/// Why a path has no such parameters.
///
/// ```
/// use wagi_sdk::{Error, Path, Router, StatusCode, extract::PathRejection, testing::Request};
///
/// // What is no number is no page, rather than a wrong request.
/// let page = |number: Result<Path<u32>, PathRejection>| match number {
///     Ok(Path(number)) => Ok(format!("page {number}")),
///     Err(PathRejection::Value { .. }) => Err(Error::status(StatusCode::NOT_FOUND)),
///     Err(other) => Err(Error::from(other)),
/// };
/// assert_eq!(Request::get("/pages/x").send(Router::new().get("/pages/{number}", page)).status(), 404);
/// assert_eq!(Request::get("/pages").send(Router::new().get("/pages", page)).status(), 500);
/// ```
#[non_exhaustive]
pub enum PathRejection {
    /// A parameter is wrong, or several are together: 400.
    Value {
        /// Which, if it is one.
        parameter: Option<String>,
        /// What is wrong with it.
        message: String,
    },
    /// The handler asks for something else than the pattern has: 500.
    Pattern {
        /// What does not fit.
        message: String,
    },
}

rejection!(PathRejection);

impl PathRejection {
    /// `fits` is whether the type takes what the pattern has.
    fn new(Error { field, message }: Error, all: &[Parameter], fits: bool) -> Self {
        let is_there = |name: &String| all.iter().any(|(parameter, _)| parameter == name);
        if fits && field.as_ref().is_none_or(is_there) {
            let only = match all {
                [(name, _)] => Some((*name).to_owned()),
                _ => None,
            };
            let parameter = field.or(only);
            return Self::Value { parameter, message };
        }
        let message = match field {
            Some(field) => format!("`{field}`: {message}"),
            None => message,
        };
        Self::Pattern { message }
    }

    /// The status that says this to a client.
    ///
    /// ```
    /// use wagi_sdk::{Path, Router, StatusCode, extract::PathRejection, testing::Request};
    ///
    /// fn handler(id: Result<Path<u8>, PathRejection>) -> StatusCode {
    ///     id.map_or_else(|rejection| rejection.status(), |_| StatusCode::NO_CONTENT)
    /// }
    ///
    /// assert_eq!(Request::get("/256").send(Router::new().get("/{id}", handler)).status(), 400);
    /// assert_eq!(Request::get("/1/2").send(Router::new().get("/{id}/{part}", handler)).status(), 500);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Value { .. } => StatusCode::BAD_REQUEST,
            Self::Pattern { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for PathRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { parameter, message } => {
                super::fields::explain(f, "The path", parameter.as_deref(), message)
            }
            Self::Pattern { message } => {
                write!(
                    f,
                    "the parameters of the path are not those that the handler takes: {message}"
                )
            }
        }
    }
}

type Parameter = (&'static str, String);

/// All parameters.
#[derive(Clone, Copy)]
struct Parameters<'a> {
    all: &'a [Parameter],
    /// Set as soon as a value is handed out. What goes wrong before is due to the type: it asks for something else than
    /// there is. A type may still refuse the value, but that is up to the client then.
    fits: &'a Cell<bool>,
}

impl<'a> Parameters<'a> {
    fn value(self, parameter: &Parameter) -> Values {
        self.fits.set(true);
        Values::new(vec![parameter.1.clone()])
    }

    fn single(self) -> Result<Values, Error> {
        match self.all {
            [parameter] => Ok(self.value(parameter)),
            several => Err(Error::custom(format_args!(
                "the pattern has {}, the handler takes one",
                several.len()
            ))),
        }
    }

    fn in_order(self) -> InOrder<'a> {
        InOrder {
            of: self,
            rest: self.all.iter(),
            named: None,
        }
    }
}

macro_rules! single {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.single()?.$method(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Parameters<'_> {
    type Error = Error;

    single! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self.in_order())
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.single()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.in_order())
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if length != self.all.len() {
            return Err(Error::custom(format_args!(
                "the pattern has {}, the handler takes {length}",
                self.all.len()
            )));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    forward_to_deserialize_any! { bytes byte_buf option unit unit_struct map struct identifier ignored_any }
}

/// The parameters in the order of the pattern, with or without their names; an error gets the name of its parameter.
struct InOrder<'a> {
    of: Parameters<'a>,
    rest: std::slice::Iter<'a, Parameter>,
    /// The one whose name was handed out last.
    named: Option<&'a Parameter>,
}

impl InOrder<'_> {
    fn read<'de, T: DeserializeSeed<'de>>(
        &self,
        parameter: &Parameter,
        seed: T,
    ) -> Result<T::Value, Error> {
        let value = self.of.value(parameter);
        seed.deserialize(value).map_err(|error| Error {
            field: Some(parameter.0.to_owned()),
            ..error
        })
    }
}

impl<'de> SeqAccess<'de> for InOrder<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let parameter = self.rest.next();
        parameter
            .map(|parameter| self.read(parameter, seed))
            .transpose()
    }
}

impl<'de> MapAccess<'de> for InOrder<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.named = self.rest.next();
        let Some((name, _)) = self.named else {
            return Ok(None);
        };
        // The names are the author's.
        self.of.fits.set(false);
        seed.deserialize(StringDeserializer::new((*name).to_owned()))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.named.take() {
            Some(parameter) => self.read(parameter, seed),
            None => Err(Error::custom("a value was asked for before its name")),
        }
    }
}

#[cfg(test)]
mod tests;

//! The parameters of the path as a value.

use std::fmt;

use http::StatusCode;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::fields::{Error, Field, Fields, Values};
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
        let parameters = parts.path_parameters();
        T::deserialize(Parameters(parameters))
            .map(Path)
            .map_err(|Error { field, message }| match field {
                Some(parameter) if parameters.iter().any(|(name, _)| *name == parameter) => {
                    PathRejection::Value { parameter, message }
                }
                Some(parameter) => PathRejection::Pattern {
                    message: format!("`{parameter}`: {message}"),
                },
                None => PathRejection::Pattern { message },
            })
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
    /// A parameter is wrong: 400.
    Value {
        /// Which.
        parameter: String,
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
                super::fields::explain(f, "The path", Some(parameter), message)
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

/// All parameters.
struct Parameters<'a>(&'a [(&'static str, String)]);

impl<'a> Parameters<'a> {
    fn single(self) -> Result<Element<'a>, Error> {
        match self.0 {
            [parameter] => Ok(Element(parameter)),
            several => Err(Error::custom(format_args!(
                "the pattern has {}, the handler takes one",
                several.len()
            ))),
        }
    }

    fn by_name(self) -> Fields {
        let field = |(name, value): &'a (&'static str, String)| Field {
            name: (*name).to_owned(),
            values: vec![value.clone()],
        };
        Fields::new(self.0.iter().map(field).collect())
    }
}

/// One parameter; an error gets its name.
struct Element<'a>(&'a (&'static str, String));

macro_rules! named {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let (name, value) = self.0;
            Values::new(vec![value.clone()])
                .$method(visitor)
                .map_err(|error| Error { field: Some((*name).to_owned()), ..error })
        })*
    };
}

macro_rules! single {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.single()?.$method(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Element<'_> {
    type Error = Error;

    named! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_option
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (parameter, value) = self.0;
        Values::new(vec![value.clone()])
            .deserialize_enum(name, variants, visitor)
            .map_err(|error| Error {
                field: Some((*parameter).to_owned()),
                ..error
            })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> Deserializer<'de> for Parameters<'_> {
    type Error = Error;

    single! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self.by_name())
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
        visitor.visit_seq(InOrder(self.0.iter()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if length != self.0.len() {
            return Err(Error::custom(format_args!(
                "the pattern has {}, the handler takes {length}",
                self.0.len()
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

/// The parameters in the order of the pattern.
struct InOrder<'a>(std::slice::Iter<'a, (&'static str, String)>);

impl<'de> SeqAccess<'de> for InOrder<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let parameter = self.0.next();
        parameter
            .map(|parameter| seed.deserialize(Element(parameter)))
            .transpose()
    }
}

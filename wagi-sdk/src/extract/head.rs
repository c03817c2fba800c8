//! Extractors that take a part of the head as it is.

use std::convert::Infallible;

use http::{HeaderMap, Method, Uri, Version};

use crate::{Error, FromRequestParts, Gateway, Parts};

macro_rules! part {
    ($type:ty, $rejection:ty, $parts:ident => $value:expr) => {
        impl FromRequestParts for $type {
            type Rejection = $rejection;

            fn from_parts($parts: &mut Parts) -> Result<Self, $rejection> {
                $value
            }
        }
    };
}

part!(Method, Error, parts => parts.method().cloned());
part!(Uri, Error, parts => parts.uri().cloned());
part!(Version, Infallible, parts => Ok(parts.version()));
part!(HeaderMap, Infallible, parts => Ok(parts.headers().clone()));
part!(Gateway, Infallible, parts => Ok(parts.gateway().clone()));

//! JSON as a response.

use serde::Serialize;

use crate::{Error, IntoResponse, Json, Response};

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => super::typed("application/json", bytes.into()),
            Err(error) => Error::from(error).into_response(),
        }
    }
}

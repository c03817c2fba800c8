//! JSON as a response.

use http::StatusCode;
use serde::Serialize;

use crate::{Error, IntoResponse, Json, Response};

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => Response::typed("application/json", bytes.into()),
            Err(error) => {
                let why = error.to_string();
                Error::new(StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
            }
        }
    }
}

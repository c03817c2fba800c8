//! JSON in, JSON out: a price for an order. `main.rs` serves it.

use serde::{Deserialize, Serialize};
use wagi_sdk::{Error, Json, OrStatus, StatusCode};

/// What a client orders.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Who it is for.
    pub customer: String,
    /// What is in it.
    pub items: Vec<Item>,
}

/// A line of an order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// What one costs, in cents.
    pub price: u64,
}

/// The order as it was understood, with its total.
#[derive(Debug, Serialize, Deserialize)]
pub struct Quote {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// What it costs, in cents.
    pub total: u64,
}

/// Answers an order with a quote.
///
/// Everything that is not JSON (400), not said to be JSON (415) or not an order (422) is answered before this is called.
pub fn quote(Json(order): Json<Order>) -> Result<Json<Quote>, Error> {
    if order.items.is_empty() {
        return Err(Error::status(StatusCode::UNPROCESSABLE_ENTITY)
            .public("An order has at least one item."));
    }
    let total = order.items.iter().try_fold(0_u64, |total, item| {
        total.checked_add(item.price.checked_mul(u64::from(item.quantity))?)
    });
    let total = total
        .or_status(StatusCode::UNPROCESSABLE_ENTITY)
        .map_err(|error| error.public("The total is more money than there is."))?;
    Ok(Json(Quote { order, total }))
}

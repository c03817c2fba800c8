use serde::{Deserialize, Serialize};
use wagi_sdk::{Error, Json, StatusCode};

/// What a client posts: `{"items": [{"price": 250, "quantity": 2}]}`, prices in cents.
#[derive(Deserialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    price: u32,
    quantity: u16,
}

impl Item {
    fn cents(&self) -> u64 {
        u64::from(self.price) * u64::from(self.quantity)
    }
}

/// What it gets back.
#[derive(Serialize)]
struct Total {
    cents: u64,
}

/// Adds up an order. A body that is no order is answered with 400, 415 or 422 before this runs.
fn total(Json(order): Json<Order>) -> Result<Json<Total>, Error> {
    if order.items.is_empty() {
        return Err(Error::status(StatusCode::UNPROCESSABLE_ENTITY).public("`items` is empty"));
    }
    let cents = order.items.iter().map(Item::cents).sum();
    Ok(Json(Total { cents }))
}

fn main() {
    wagi_sdk::serve(total);
}

#[cfg(test)]
mod tests {
    use super::*;
    use wagi_sdk::testing::Request;

    #[test]
    fn adds_up() {
        let order = r#"{"items": [{"price": 250, "quantity": 2}, {"price": 99, "quantity": 1}]}"#;
        let request = Request::post("/")
            .header("content-type", "application/json")
            .body(order);
        let answer = request.send(total);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text(), r#"{"cents":599}"#);
    }

    #[test]
    fn says_what_is_wrong() {
        let request = Request::post("/").header("content-type", "application/json");
        let answer = request.body(r#"{"items": [{"price": 250}]}"#).send(total);
        assert_eq!(answer.status(), 422);
        assert!(answer.text().contains("quantity"), "{answer:?}");
    }
}

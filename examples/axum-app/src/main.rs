//! Serves the application: this is all that is not axum.

use wagi_sdk::tower::Adapter;

fn main() {
    wagi_sdk::serve(Adapter::new(axum_app::app()));
}

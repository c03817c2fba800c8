//! Serves the example.

fn main() {
    wagi_sdk::serve(json_api::app());
}

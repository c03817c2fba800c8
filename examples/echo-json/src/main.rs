//! Serves quotes.

fn main() {
    wagi_sdk::serve(echo_json::quote);
}

//! Serves the example.

fn main() {
    wagi_sdk::serve(form::app());
}

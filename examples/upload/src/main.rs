//! Serves the example.

fn main() {
    wagi_sdk::serve(upload::app());
}

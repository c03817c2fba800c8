//! Serves the pages.

fn main() {
    wagi_sdk::serve(markdown::app());
}

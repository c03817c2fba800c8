//! Serves the greeting.

fn main() {
    wagi_sdk::serve(hello::hello);
}

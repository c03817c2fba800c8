//! The smallest handler.

fn main() {
    wagi_sdk::serve(|| "Hello, world!\n");
}

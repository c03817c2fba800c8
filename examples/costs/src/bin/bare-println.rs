//! The yardstick: a response without this project's help.

fn main() {
    println!("Content-Type: text/plain\n\nHello, world!");
}

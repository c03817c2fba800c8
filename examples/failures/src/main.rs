//! Serves failures.

fn main() {
    wagi_sdk::serve(failures::fail);
}

//! Serves the example.

fn main() {
    wagi_sdk::serve(env_dump::app());
}

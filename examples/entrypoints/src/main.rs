//! The list of the module's routes; the server asks for it when it loads the module.

use entrypoints::{hello, place, shout};

wagi_sdk::entrypoints! {
    "/hello" => hello,
    "/shout/..." => shout,
    "/where" => place,
}

fn main() {
    wagi_sdk::serve(entrypoints::app());
}

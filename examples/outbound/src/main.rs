//! Serves the page; requests go out by `wasi:http`.

fn main() {
    wagi_sdk::serve(outbound::app(outbound::fetch::get));
}

//! The body back, however long it is.

fn main() {
    wagi_sdk::serve(|body: wagi_sdk::Body| body);
}

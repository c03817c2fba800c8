//! Serves redirects.

fn main() {
    wagi_sdk::serve(redirect::redirect);
}

//! The least that a handler does which knows its method: it reads one variable, and answers nothing.

fn main() {
    std::hint::black_box(std::env::var_os("REQUEST_METHOD"));
}

//! `wagi-conformance`: see `wagi-conformance --help`.

fn main() {}

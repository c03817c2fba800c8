//! The specification, the cases and the probes are compiled in: a file added to their folders must
//! rebuild the suite, which cargo cannot see by itself.

fn main() {
    for folder in ["../spec/src", "cases", "probes", "servers", "mounts.toml"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}

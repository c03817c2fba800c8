#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wagi_host::fuzzing::configuration(data));

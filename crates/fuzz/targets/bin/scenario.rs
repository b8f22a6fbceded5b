//! libFuzzer's entry to [`firesale_fuzz_targets::scenario`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    firesale_fuzz_targets::scenario::run(bytes);
});

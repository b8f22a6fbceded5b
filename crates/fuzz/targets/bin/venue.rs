//! libFuzzer's entry to [`firesale_fuzz_targets::venue`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    firesale_fuzz_targets::venue::run(bytes);
});

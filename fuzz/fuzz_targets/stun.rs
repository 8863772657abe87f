#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vdx_fuzz::stun(data);
});

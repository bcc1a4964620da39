//! Says what no stable `cfg` does: whether every processor of the target has the DSP instructions of ARM, `smlad` among them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(arm_dsp)");
    // Cortex-M4 and M7. Those of ARMv8-M may have them or not.
    if std::env::var("TARGET").is_ok_and(|target| target.starts_with("thumbv7em")) {
        println!("cargo::rustc-cfg=arm_dsp");
    }
}

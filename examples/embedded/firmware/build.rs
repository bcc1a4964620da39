//! Makes tables of the digits, and tells the linker that there is no C runtime, and on a microcontroller where things lie.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// A row of the table: 64 pixels from 0 to 16 and the digit.
const ROW: usize = 65;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::var("CARGO_MANIFEST_DIR")?;
    let digits = format!("{directory}/../../../data/digits.csv");
    println!("cargo:rerun-if-changed={digits}");
    println!("cargo:rerun-if-changed=build.rs");

    for (split, file) in [("train", "train.bin"), ("test", "test.bin")] {
        let mut table = Vec::new();
        for line in fs::read_to_string(&digits)?.lines().filter(|line| line.ends_with(split)) {
            let start = table.len();
            for cell in line.split(',').take(ROW) {
                table.push(cell.parse::<u8>()?);
            }
            assert_eq!(table.len() - start, ROW, "a line has 64 pixels, a label and its split");
        }
        fs::write(Path::new(&env::var("OUT_DIR")?).join(file), table)?;
    }

    let board = if env::var("CARGO_CFG_TARGET_ARCH")? == "arm" { "cortex_m" } else { "linux" };
    let sections = format!("{directory}/src/{board}/sections.ld");
    println!("cargo:rerun-if-changed={sections}");
    let arguments: &[&str] = match board {
        // The linker itself.
        "cortex_m" => &[&format!("-T{sections}")],
        // The C compiler, as a linker.
        _ => &["-nostartfiles", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", &format!("-Wl,-T,{sections}")],
    };
    for argument in arguments {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    Ok(())
}

//! Did sharing help? Every head of an example's model alone, against all of them together, from the same parameters with the same budget.
//!
//! Prints the table, and writes the plot and the numbers of every run to `docs/comparisons/`. What came out is told in `docs/comparisons.md`.
//!
//! ```sh
//! cargo run --release --example compare --features plot -- penguins          # or digits, healthcare, weather, multidigits
//! cargo run --release --example compare --features plot -- penguins seeds=3  # ten unless said otherwise
//! ```

#![allow(clippy::duplicate_mod, dead_code, reason = "each example brings what it needs to run by itself")]

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use mtl::Evaluate;
use mtl::data::Dataset;
use mtl::optimizer::Optimizer;
use mtl::prelude::*;

#[path = "digits/model.rs"]
mod digits;
#[path = "elderly_care.rs"]
mod elderly_care;
#[path = "healthcare.rs"]
mod healthcare;
#[path = "labour.rs"]
mod labour;
#[path = "multidigits.rs"]
mod multidigits;
#[path = "penguins.rs"]
mod penguins;
#[path = "weather.rs"]
mod weather;

/// Compares, prints, writes.
fn compare<'a, M: Evaluate<Scalar = f32>, O: Optimizer<f32>>(
    name: &str,
    seeds: u64,
    (train, test): (Dataset<M>, Dataset<M>),
    trainer: impl Fn() -> Trainer<'a, M, O> + Sync,
) -> Result<(), Box<dyn Error>> {
    let comparison = compare_single_task(&train, &test, &(1..=seeds).collect::<Vec<_>>(), trainer)?;
    println!("{comparison}");
    for head in comparison.losing_heads() {
        println!("`{}` loses by sharing", head.head);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/comparisons");
    fs::create_dir_all(&folder)?;
    comparison.plot(folder.join(format!("{name}.svg")))?;
    comparison.write_csv(File::create(folder.join(format!("{name}.csv")))?)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "use: compare digits|elderly_care|healthcare|labour|weather|multidigits|penguins [seeds=10]";
    let name = std::env::args().nth(1).ok_or(usage)?;
    let seeds = match std::env::args().nth(2) {
        None => 10,
        Some(argument) => argument.strip_prefix("seeds=").and_then(|seeds| seeds.parse().ok()).filter(|&seeds| seeds > 0).ok_or(usage)?,
    };
    match name.as_str() {
        "digits" => compare(&name, seeds, digits::load()?, || digits::trainer(60)),
        "elderly_care" => compare(&name, seeds, elderly_care::load()?, elderly_care::trainer),
        "labour" => compare(&name, seeds, labour::load()?, labour::trainer),
        "healthcare" => compare(&name, seeds, healthcare::load()?, || healthcare::trainer(20)),
        "weather" => compare(&name, seeds, weather::load()?, || weather::trainer(120)),
        "multidigits" => compare(&name, seeds, multidigits::load(32_000)?, || multidigits::trainer(20)),
        "penguins" => compare(&name, seeds, penguins::load()?, || penguins::trainer(60)),
        _ => Err(usage.into()),
    }
}

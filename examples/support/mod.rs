//! What the examples have in common: running one for a single seed, or for several.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use mtl::report::{Cell, Report};

/// A file of `data/` at the root of the repository, whichever of its packages the example is compiled in.
#[allow(dead_code, reason = "examples without data have this module too")]
pub fn data(name: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().find(|directory| directory.join("data").is_dir()).unwrap_or(package);
    root.join("data").join(name)
}

/// Runs an example once and prints its report; with `seeds=5` as argument, prints the mean and the standard deviation over five seeds.
///
/// # Errors
///
/// Those of the run, or an argument that is not `seeds=` and a number of at least 1.
#[allow(dead_code, reason = "one example has commands of its own")]
pub fn main<R: Report>(run: impl Fn(u64) -> Result<R, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let seeds = match std::env::args().nth(1) {
        None => 1,
        Some(argument) => argument.strip_prefix("seeds=").and_then(|seeds| seeds.parse().ok()).filter(|&seeds| seeds > 0).ok_or("use: seeds=5")?,
    };
    self::seeds(seeds, run)
}

/// Runs an example for so many seeds, and prints its report, or the means.
///
/// # Errors
///
/// Those of the run, or no seeds.
pub fn seeds<R: Report>(seeds: u64, run: impl Fn(u64) -> Result<R, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let reports = (1..=seeds).map(run).collect::<Result<Vec<R>, _>>()?;
    match reports.as_slice() {
        [] => return Err("there must be a seed".into()),
        [report] => println!("\ntest\n{report}\n"),
        reports => print_means(reports),
    }
    println!("{:.2} s a run", started.elapsed().as_secs_f64() / seeds as f64);
    Ok(())
}

/// A line for each metric of each head.
fn print_means<R: Report>(reports: &[R]) {
    println!("\ntest, over {} seeds (mean ± standard deviation)", reports.len());
    let runs: Vec<_> = reports.iter().map(Report::heads).collect();
    for (head, row) in runs[0].iter().enumerate() {
        for (metric, (name, _)) in row.metrics.iter().enumerate() {
            let values: Vec<f64> = runs.iter().filter_map(|heads| number(&heads[head].metrics[metric].1)).collect();
            if values.len() == reports.len() {
                let (mean, deviation) = mean_and_deviation(&values);
                println!("{:10} {name:9} {mean:9.4} ± {deviation:.4}", row.head);
            }
        }
    }
}

/// The number of a cell that is one.
pub fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(value) => Some(*value),
        Cell::Matrix(_) => None,
    }
}

/// The standard deviation is that of a sample: over `n − 1`.
pub fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}

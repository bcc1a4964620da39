//! What the columns of a CSV file look like, and a declaration to start from.
//!
//! ```sh
//! cargo run --release --example describe -- data/elderly_care.csv                  # the columns
//! cargo run --release --example describe -- data/elderly_care.csv visits health    # and a model with these heads
//! ```

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, targets) = arguments.split_first().ok_or("use: describe FILE.csv [TARGET ..]")?;
    let description = mtl::data::describe(path)?;
    println!("{description}");
    if !targets.is_empty() {
        let model = Path::new(path).file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
        print!("{}", description.declaration(&model, &targets)?);
    }
    Ok(())
}

//! A training of the penguins in pictures: its course, how the heads were balanced, and what came out.
//!
//! ```sh
//! cargo run --release --example plots --features plot             # writes SVG images to target/plots
//! cargo run --release --example plots --features plot -- png      # PNG images
//! ```

#![allow(clippy::duplicate_mod, dead_code, reason = "each example brings what it needs to run by itself")]

use std::path::Path;

use mtl::balance::Uncertainty;
use mtl::prelude::*;

#[path = "penguins.rs"]
mod penguins;

fn main() -> Result<(), mtl::Error> {
    let format = std::env::args().nth(1).unwrap_or_else(|| "svg".into());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/plots");
    std::fs::create_dir_all(&folder)?;
    let file = |name: &str| folder.join(format!("{name}.{format}"));

    let (train, test) = penguins::load().map_err(|error| mtl::Error::new(error.to_string()))?;
    let mut model = penguins::Penguin::new(&mut mtl::seeded(1));
    let history = penguins::trainer(60)
        .validation_fraction(0.2)
        .best_weights(BestWeights::default())
        .weighting(Uncertainty::new())
        .watch_gradients()
        .fit(&mut model, &train)?;
    history.plot(file("training"))?;
    history.plot_balance(file("balance"))?;

    model.evaluate(&test)?.plot_confusion(file("confusion"))?;
    model.plot_roc(&test, file("roc"))?;
    model.plot_precision_recall(&test, file("precision_recall"))?;
    model.plot_reliability(&test, file("reliability"))?;
    model.plot_predicted(&test, file("predicted"))?;
    model.plot_kernels("body.dense1.kernel", [1, 9], file("kernels"))?;
    std::fs::write(folder.join("model.svg"), penguins::Penguin::<f32>::diagram().svg())?;
    println!("the pictures are in {}", folder.display());
    Ok(())
}

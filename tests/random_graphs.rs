//! Gradients of random graphs against finite differences, on random data, with random seeds and batch sizes.

mod random_models;
mod support;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use random_models::every_random_model;

/// The same models and data every time; `MTL_PROPERTY_SEED` draws others.
fn seed_of_this_run() -> u64 {
    std::env::var("MTL_PROPERTY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, rng_seed: RngSeed::Fixed(seed_of_this_run()), ..ProptestConfig::default() })]

    #[test]
    fn gradients_of_random_graphs(seed in any::<u32>(), samples in 2_usize..12, training in any::<bool>()) {
        macro_rules! check {
            ($model:ident) => {
                support::check_gradients::<random_models::$model<f64>>(u64::from(seed), samples, training);
            };
        }
        every_random_model!(check);
    }
}

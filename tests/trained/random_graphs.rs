//! Gradients of random graphs against finite differences, on random data, with random seeds and batch sizes; `PROPTEST_RNG_SEED` draws others.

#[path = "../random_models/mod.rs"]
mod random_models;
#[path = "../support/mod.rs"]
mod support;

use proptest::prelude::*;
use random_models::every_random_model;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

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

//! The library under another name, in a crate that forbids unsafe code and denies what is not documented.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings, clippy::pedantic)]

learning::multitask! {
    /// A model in a crate that calls the library `learning`.
    pub struct Renamed {
        input record: [4];
        shared body = record -> Dense(8, relu) -> BatchNorm;
        head level = body -> Dense(1) { loss: mse, metrics: [mae] }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy, confusion] }
    }
}

/// A model with weights that another program wrote, which knows nothing of this library.
pub static MODEL: Renamed = learning::embed!(Renamed, "weights/renamed.safetensors");

#[cfg(test)]
mod tests {
    use super::*;
    use learning::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    #[test]
    fn predicts() {
        let model: Renamed = Renamed::new(&mut Xoshiro256PlusPlus::seed_from_u64(1));
        assert!((model.predict_kind(&RenamedInputs { record: [0.5; 4] }).sum() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn embeds() {
        let loaded = learning::weights::load::<Renamed>(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/renamed.safetensors")).unwrap();
        assert_eq!(*loaded, MODEL);
        let inputs = RenamedInputs { record: [0.25, -0.5, 1.0, 2.0] };
        assert_eq!(MODEL.predict(&inputs), loaded.predict(&inputs));
    }
}

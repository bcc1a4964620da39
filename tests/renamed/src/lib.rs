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

#[cfg(test)]
mod tests {
    use super::*;
    use learning::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    #[test]
    fn predicts() {
        let model: Renamed = Renamed::new(&mut Xoshiro256PlusPlus::seed_from_u64(1));
        assert!((model.predict_kind(&RenamedInputs { record: [0.5; 4] }).sum() - 1.0).abs() < 1e-6);
    }
}

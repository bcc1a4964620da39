//! Generated code does not depend on what is in scope around it.

use mtl::prelude::*;

/// A module whose names shadow those of the prelude that generated code might use by mistake.
mod hostile {
    #![allow(dead_code, non_camel_case_types, reason = "only there to be in the way")]

    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct Box;
    pub struct String;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub trait Clone {}
    pub trait Copy {}
    pub trait Debug {}
    pub trait Default {}
    pub trait Iterator {}
    pub trait Layer {}
    pub trait Model {}
    pub trait Scalar {}
    pub trait Activation {}
    pub trait Loss {}
    pub mod core {}
    pub mod std {}
    pub mod mtl_core {}
    pub mod nalgebra {}
    pub const COLUMNS: usize = 3;
    pub const T: usize = 2;
    pub const S: usize = 2;

    ::mtl::multitask! {
        /// Heads with the names of things that generated code talks about.
        pub struct Hostile {
            input values: [COLUMNS];
            input column: class(T);
            let embedded = column -> Embedding(S);
            shared gradient = (values, embedded) -> Concat -> Dense(4, tanh) -> BatchNorm;
            head loss = gradient -> Dense(1) { loss: mse, metrics: [mae] }
            head weight = gradient -> Dense(2, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
            head forward = gradient -> Dense(1, sigmoid) { loss: binary_cross_entropy, metrics: [auc] }
            head backward = gradient -> Dense(1) { loss: mae }
            head outputs = gradient -> Dense(1) { loss: mse }
            head inputs = gradient -> Dense(1) { loss: mse }
            head targets = gradient -> Dense(1) { loss: mse }
            head losses = gradient -> Dense(1) { loss: mse }
            head report = gradient -> Dense(1) { loss: mse }
            head self_ = gradient -> Dense(1) { loss: mse }
            head rng = gradient -> Dense(1) { loss: mse }
            head pass = gradient -> Dense(1) { loss: mse }
        }
    }
}

#[test]
fn hostile_surroundings() {
    let model = hostile::Hostile::<f32>::new(&mut rng());
    let outputs = model.predict(&hostile::HostileInputs { values: [0.1, 0.2, 0.3], column: 1 });
    assert!((outputs.weight.sum() - 1.0).abs() < 1e-6);
    assert!(outputs.rng[0].is_finite());
    assert_eq!(model.predict_loss(&hostile::HostileInputs { values: [0.1, 0.2, 0.3], column: 1 }), outputs.loss);
}

#[test]
fn inside_a_function_body() {
    const FEATURES: usize = 4;
    multitask! {
        struct Local {
            input x: [FEATURES];
            shared body = x -> Dense({ FEATURES * 2 }, relu);
            head a = body -> Dense(1) { loss: mse }
            head b = body -> Dense(1) { loss: mse }
        }
    }
    let model = Local::<f64>::new(&mut rng());
    assert!(model.predict(&LocalInputs { x: [1.0; FEATURES] }).a[0].is_finite());
    assert_eq!(model.body.dense1.kernel.shape(), (8, 4));
}

multitask! {
    /// Two models in one module.
    struct First {
        input x: [2];
        shared body = x -> Dense(3, relu);
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Second<const FEATURES: usize, const N: usize = 3> {
        input x: [FEATURES];
        shared body = x -> Dense(N, relu);
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(N, softmax) { loss: categorical_cross_entropy }
    }
}

#[test]
fn two_models_in_one_module() {
    let first = First::<f32>::new(&mut rng());
    let second = Second::<2, 3, f32>::new(&mut rng());
    assert_eq!(first.predict(&FirstInputs { x: [0.0; 2] }).a.len(), 1);
    assert_eq!(second.predict(&SecondInputs { x: [0.0; 2] }).b.len(), 3);
}

fn rng() -> impl mtl::rand::Rng {
    <mtl::rand::rngs::Xoshiro256PlusPlus as mtl::rand::SeedableRng>::seed_from_u64(1)
}

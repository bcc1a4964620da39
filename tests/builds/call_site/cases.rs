//! Mistakes that rustc finds by the generated types. Its wording changes from version to version, so only what matters of it is compared.

/// A mistake, and what must stand in the error about it.
pub struct Case {
    pub title: &'static str,
    pub code: &'static str,
    pub says: &'static [&'static str],
}

/// What the mistakes are made with.
pub const MODELS: &str = "
mtl::multitask! {
    pub struct Patient {
        input record: [5];
        shared body = record -> Dense(8, relu);
        head visits = body -> Dense(1) { loss: mse }
        head health = body -> Dense(4, softmax) { loss: categorical_cross_entropy }
    }
}
mtl::multitask! {
    pub struct Picture {
        input image: [4, 4];
        head digit = image -> Flatten -> Dense(10, softmax) { loss: categorical_cross_entropy }
    }
}
#[derive(Clone, Copy, Default)]
pub struct Stranger;
fn is_sample<S: mtl::data::IntoSample<Patient>>(_: S) {}
fn is_model<M: mtl::Model>() {}
fn is_row<R: mtl::model::Record<f32>>() {}
";

/// Where a model is used.
pub const USED: &[Case] = &[
    Case {
        title: "an array of the wrong length for an input",
        code: "let _ = PatientInputs { record: [0.0f32; 4] };",
        says: &["expected an array with a size of 5, found one with a size of 4"],
    },
    Case {
        title: "a row of the wrong length in an image",
        code: "let _ = PictureInputs { image: [[0.0f32; 3]; 4] };",
        says: &["expected an array with a size of 4, found one with a size of 3"],
    },
    Case {
        title: "a class index for a regression head",
        code: "let _: PatientTargets = PatientTargets { visits: 3usize, health: 1 };",
        says: &["expected `f32`, found `usize`"],
    },
    Case {
        title: "a number for a class",
        code: "let _ = PatientTargets { visits: 0.0f32, health: 0.5 };",
        says: &["expected `usize`, found floating-point number"],
    },
    Case {
        title: "a head that the model does not have",
        code: "let _ = PatientTargets { visits: 0.0f32, heath: 1 };",
        says: &["struct `PatientTargets` has no field named `heath`", "a field with a similar name exists"],
    },
    Case {
        title: "the inputs of another model",
        code: "fn f(model: &Patient, other: &PictureInputs) { let _ = model.predict(other); }",
        says: &["expected `&PatientInputs", "found `&PictureInputs"],
    },
    Case {
        title: "the outputs of another model",
        code: "fn g(model: &Patient, own: &PatientInputs) { let _: PictureOutputs = model.predict(own); }",
        says: &["expected `PictureOutputs", "found `PatientOutputs"],
    },
    Case {
        title: "a misspelt output",
        code: "fn h(outputs: PatientOutputs) { let _ = outputs.visit; }",
        says: &["no field `visit` on type `PatientOutputs", "outputs.visits"],
    },
    Case {
        title: "what is no sample",
        code: "is_sample(3);",
        says: &["`{integer}` is not a sample of the model `Patient", "a sample is `(inputs, targets)`"],
    },
    Case {
        title: "what is no model",
        code: "is_model::<Stranger>();",
        says: &["`Stranger` is not a model", "a model is a struct that `multitask!` declares"],
    },
    Case {
        title: "what is no row",
        code: "is_row::<Stranger>();",
        says: &["`Stranger` is not a row of inputs or targets", "such as `PatientInputs`"],
    },
];

/// What own types are made of.
pub const OWN_TYPES: &str = "
use mtl::loss::{Class, Loss, TargetError};
#[derive(Clone, Copy, Default)]
pub struct Stranger;
pub struct Wide<const N: usize>;
pub struct Narrow<const N: usize>;
impl<const N: usize> mtl::layer::Shape for Narrow<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = 2;
}
pub struct Single;
impl Single {
    pub const fn new() -> Self { Self }
}
impl<const N: usize> Loss<N, f32> for Single {
    type Target = Class<N>;
    fn evaluate(&self, _: &[f32; N], _: &Class<N>, _: &mut [f32; N]) -> f32 { 0.0 }
    fn check(&self, _: &Class<N>) -> Result<(), TargetError> { Ok(()) }
}
pub struct Unmade;
impl<const N: usize, T: mtl::Scalar> Loss<N, T> for Unmade {
    type Target = Class<N>;
    fn evaluate(&self, _: &[T; N], _: &Class<N>, _: &mut [T; N]) -> T { T::ZERO }
    fn check(&self, _: &Class<N>) -> Result<(), TargetError> { Ok(()) }
}
pub const UNITS: u32 = 8;
pub const NAME: &str = \"a quarter\";
";

/// Types of the user's own that lack what they are used for, and constants of another type: one error each, at the user's token.
pub const OWN: &[Case] = &[
    Case {
        title: "an activation that is none",
        code: "mtl::multitask! { struct A { input x: [4]; head y = x -> Dense(2, crate::Stranger) { loss: mse } } }",
        says: &["`Stranger` is not an activation", "implement `mtl::activation::Activation` for `Stranger`"],
    },
    Case {
        title: "a loss that is none",
        code: "mtl::multitask! { struct B { input x: [4]; head y = x -> Dense(2) { loss: crate::Stranger(0.5), metrics: [mae] } } }",
        says: &["`Stranger` is not a loss of 2 outputs", "implement `mtl::loss::Loss<2, f32>` for `Stranger`"],
    },
    Case {
        title: "a loss for one scalar",
        code: "mtl::multitask! { struct C { input x: [4]; head y = x -> Dense(2) { loss: crate::Single } } }",
        says: &["`crate::Single` is a loss for `f32` alone", "implement `Loss` for it over every scalar"],
    },
    Case {
        title: "a loss without `new`",
        code: "mtl::multitask! { struct D { input x: [4]; head y = x -> Dense(2) { loss: crate::Unmade } } }",
        says: &["no function or associated item named `new` found for struct `Unmade`"],
    },
    Case {
        title: "a layer that is none",
        code: "mtl::multitask! { struct E { input x: [4]; head y = x -> crate::Wide<4>(1.0, 2) -> Dense(2) { loss: mse } } }",
        says: &[
            "`Wide<4>` is not a layer: it does not say how many values it takes and gives",
            "implement `mtl::layer::Shape` and `mtl::layer::Layer`",
        ],
    },
    Case {
        title: "a layer that only says its size",
        code: "mtl::multitask! { struct F { input x: [4]; head y = x -> crate::Narrow<_> -> Dense(2) { loss: mse } } }",
        says: &["`Narrow<4>` is not a layer from 4 to 2 values", "implement `mtl::layer::Layer<4, 2, f32>` for `Narrow<4>`"],
    },
    Case {
        title: "a layer of another size",
        code: "mtl::multitask! { struct G { input x: [4]; head y = x -> crate::Narrow<8> -> Dense(2) { loss: mse } } }",
        says: &["`Narrow` takes another number of values than `x` has (here 8 and 4)", "give it generics that fit the flow"],
    },
    Case {
        title: "a size that is no `usize`",
        code: "mtl::multitask! { struct H { input x: [4]; head y = x -> Dense(crate::UNITS, relu) -> Dense(2) { loss: mse } } }",
        says: &["expected `usize`, found `u32`"],
    },
    Case {
        title: "a rate that is no number",
        code: "mtl::multitask! { struct I { input x: [4]; head y = x -> Dropout(crate::NAME) -> Dense(2) { loss: mse } } }",
        says: &["casting `&'static str` as `f64` is invalid"],
    },
    Case {
        title: "an activation that is none, as a step",
        code: "mtl::multitask! { struct J { input x: [4]; head y = x -> Dense(2) -> crate::Stranger { loss: mse } budget { parameters: 100 } } }",
        says: &["`Stranger` is not an activation"],
    },
];

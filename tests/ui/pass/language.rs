// What must stay legal: spellings, places and combinations that a rule could come to forbid by accident.
use mtl::prelude::*;

const SIDE: usize = 4;

mod sizes {
    pub const UNITS: usize = 8;
    pub const RATE: f64 = 0.25;
}

// One head, no `shared`, a value whose name says that it is unused.
multitask! {
    struct Single {
        input x: [3];
        input _other: [100];
        let _seen = x -> Dense(2);
        head y = x -> Dense(1) { loss: mse }
    }
}

// Keras's spellings.
multitask! {
    pub struct Keras {
        input image: [SIDE, SIDE, 1];
        shared body = image -> Flatten() -> BatchNormalization -> Dense(64, use_bias = false, kernel_initializer = he_uniform) -> ReLU;
        head kind = body -> Dense(3) -> softmax { loss: sparse_categorical_crossentropy, metrics: [acc, top_k_accuracy(2)] }
        head sign = body -> Dense(1, sigmoid) { loss: binary_crossentropy, metrics: [AUC] }
        head size = body -> Dense(1) { loss: mean_squared_error, metrics: [mean_absolute_error] }
    }
}

// Strangers that say so, names of the language as names of values, constants by path and in braces.
multitask! {
    #[independent]
    pub(crate) struct Strangers {
        input input: [sizes::UNITS];
        input class: class({ sizes::UNITS + 4 });
        let relu = input -> Dense({ sizes::UNITS * 2 }, relu) -> Dropout(sizes::RATE);
        head head = relu -> Dense(2, tanh) { loss: hinge, };
        head loss = class -> OneHot -> Dense(1) { loss: quantile(q = 0.9), weight: sizes::RATE };
    }
}

// Const generics, an unused default, a layer within a layer.
multitask! {
    struct Sizeable<const FEATURES: usize, const OUT: usize = 3> {
        input a: [FEATURES];
        input b: [FEATURES];
        layer inner = Dense(OUT, gelu);
        layer outer = Dropout(0.1) -> inner;
        shared both = (a -> outer, b -> outer) -> Average;
        head y = both { loss: mae }
        head z = (both) -> Dense(OUT, softmax) { loss: categorical_focal }
    }
}

// Sequences: Keras's spellings, steps after every state, constants as sizes.
multitask! {
    struct Series {
        input days: [SIDE, { sizes::UNITS - 2 }];
        shared states = days -> GRU(sizes::UNITS, return_sequences = true, use_bias = false) -> tanh -> Dropout(0.1);
        head next = states -> LSTM(6) -> Dense(1) { loss: mse }
        head all = states -> Flatten -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

fn main() {
    let _ = (Single::<f32>::NAME, Keras::<f32>::NAME, Strangers::<f32>::NAME, Sizeable::<5, 3, f32>::NAME, Series::<f32>::NAME);
}

//! Random models, written by the test `declared_random_models_are_these` of `mtl-macros`; not by hand.

mtl::multitask! {
    pub struct Random0 {
        input x0: [5];
        input kind: class(3);
        let place = kind -> Embedding(5);
        layer again = Dense(4, linear);
        let v0 = x0 -> LayerNorm -> Dropout(0.1) -> Dense(6, sigmoid, bias = false) -> Dense(3, linear) -> Dense(2) -> again;
        let v1 = v0 -> GaussianNoise(0.1) -> LayerNorm -> Dropout(0.1) -> Dense(2, linear) -> Dense(2) -> again;
        let v2 = place -> BatchNorm -> Dense(3, sigmoid);
        let v3 = (v1, v2 -> Dense(4)) -> Average -> LayerNorm -> GaussianNoise(0.1) -> GaussianNoise(0.1) -> Dense(4, sigmoid);
        let v4 = (v3, v2 -> Dense(3, tanh)) -> Concat -> Dropout(0.1) -> BatchNorm -> Dense(5, gelu, l2 = 0.01) -> Dense(4, mish);
        let v5 = v4 -> LayerNorm -> Dense(3, linear, bias = false) -> Dense(4, mish, bias = false) -> Dense(2, sigmoid);
        shared all = v5 -> Dense(6, tanh);
        head h0 = all -> Dense(2) { loss: mse, weight: 0.5 }
        head h1 = all -> Dense(2) { loss: log_cosh, weight: 0.1 }
        head h2 = all -> Dense(3, softmax) { loss: categorical_cross_entropy, weight: 0.5, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random1 {
        input x0: [4];
        input x1: [2];
        input x2: [5];
        let v0 = (x1, x1 -> Dense(2, tanh)) -> Concat -> BatchNorm -> BatchNorm -> Dense(5, tanh);
        let v1 = (x1, v0 -> Dense(2)) -> Add -> Dense(4, tanh, bias = false) -> Dense(2, mish);
        let v2 = (v1, x0 -> Dense(2)) -> Add -> Dense(3, gelu, l2 = 0.01) -> Dense(3, tanh);
        let v3 = (x0, v2 -> Dense(3, tanh)) -> Concat -> Dense(6, silu, l2 = 0.01) -> Dense(2, softplus) -> Dense(3, linear, bias = false) -> Dense(5, sigmoid);
        let v4 = x2 -> BatchNorm -> GaussianNoise(0.1) -> Dense(5, mish);
        let v5 = v3 -> GaussianNoise(0.1) -> LayerNorm -> Dense(2, tanh);
        shared all = (v4, v5) -> Concat -> Dense(6, tanh);
        head h0 = all -> Dense(1) { loss: log_cosh, weight: 0.4, labels: partial }
        head h1 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.6 }
        head h2 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.1, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random2 {
        input x0: [3];
        input x1: [4];
        input x2: [4];
        layer again = Dense(3, silu) -> BatchNorm;
        let v0 = x1 -> Dense(5, silu, bias = false) -> BatchNorm -> Dropout(0.1) -> Dense(5, gelu) -> Dense(4) -> again;
        let v1 = x0 -> Dense(6, silu, bias = false) -> GaussianNoise(0.1) -> Dense(5, sigmoid, bias = false) -> Dense(2, silu) -> Dense(4) -> again;
        let v2 = v1 -> GaussianNoise(0.1) -> LayerNorm -> Dense(4, mish);
        let v3 = (v0, v2 -> Dense(4, tanh)) -> Concat -> Dropout(0.1) -> Dense(3, silu);
        let v4 = v2 -> LayerNorm -> Dense(2, linear) -> Dense(4, silu) -> Dense(2, linear);
        shared all = (x2, v3, v4) -> Concat -> Dense(6, tanh);
        head h0 = all -> Dense(2) { loss: mse, weight: 0.3 }
        head h1 = all -> Dense(3) { loss: mse, weight: 0.4 }
        head h2 = all -> Dense(3, softmax) { loss: categorical_cross_entropy, weight: 0.3, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random3 {
        input x0: [5];
        input kind: class(4);
        let place = kind -> Embedding(2);
        let v0 = (place, place -> Dense(2)) -> Average -> Dense(6, softplus, l2 = 0.01) -> Dense(2, sigmoid);
        let v1 = x0 -> Dense(3, sigmoid) -> Dense(5, silu);
        let v2 = v1 -> Dense(5, softplus) -> Dropout(0.1) -> Dense(4, softplus) -> Dense(4, silu);
        shared all = (v0, v2) -> Concat -> Dense(5, tanh);
        head h0 = all -> Dense(1) { loss: log_cosh, weight: 0.3 }
        head h1 = all -> Dense(3, softmax) { loss: categorical_cross_entropy, weight: 0.2, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random4 {
        input x0: [2];
        input x1: [4];
        layer again = Dense(3, tanh) -> Dropout(0.2);
        let v0 = (x0, x1 -> Dense(2)) -> Add -> LayerNorm -> Dense(5, silu) -> Dense(3) -> again;
        let v1 = x1 -> BatchNorm -> Dense(6, mish) -> Dense(3, sigmoid) -> Dense(3) -> again;
        let v2 = (x0, v0 -> Dense(3, tanh)) -> Concat -> Dense(3, gelu, l2 = 0.01) -> Dense(4, mish);
        let v3 = (v1, v2 -> Dense(3)) -> Add -> GaussianNoise(0.1) -> BatchNorm -> Dense(4, mish);
        let v4 = (v1, x0 -> Dense(3)) -> Multiply -> GaussianNoise(0.1) -> GaussianNoise(0.1) -> Dense(2, softplus);
        shared all = (v3, v4) -> Concat -> Dense(4, tanh);
        head h0 = all -> Dense(3) { loss: mse, weight: 0.5 }
        head h1 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.9, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random5 {
        input x0: [5];
        input kind: class(5);
        let place = kind -> Embedding(3);
        layer again = Dense(3, softplus);
        let v0 = (place, x0 -> Dense(5, tanh)) -> Concat -> Dense(3, sigmoid, l2 = 0.01) -> Dense(4, tanh, bias = false) -> Dense(3, gelu) -> Dense(2) -> again;
        let v1 = (v0, v0 -> Dense(3)) -> Add -> Dropout(0.1) -> Dense(2, gelu) -> Dense(2) -> again;
        let v2 = (v1, v0 -> Dense(3)) -> Add -> Dense(4, sigmoid) -> GaussianNoise(0.1) -> Dropout(0.1) -> Dense(3, softplus);
        let v3 = (v2, place -> Dense(3)) -> Add -> BatchNorm -> Dense(3, silu);
        shared all = v3 -> Dense(3, tanh);
        head h0 = all -> Dense(2, softmax) { loss: categorical_cross_entropy, weight: 0.4, labels: partial }
        head h1 = all -> Dense(2, softplus) { loss: poisson, weight: 0.9, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random6 {
        input x0: [3];
        input x1: [3];
        let v0 = (x0, x1 -> Dense(3, tanh)) -> Concat -> LayerNorm -> Dense(4, sigmoid, l2 = 0.01) -> LayerNorm -> Dense(5, softplus);
        let v1 = v0 -> GaussianNoise(0.1) -> Dense(3, gelu);
        let v2 = (v1, x0 -> Dense(3)) -> Add -> Dropout(0.1) -> Dense(2, mish);
        shared all = v2 -> Dense(5, tanh);
        head h0 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.6 }
        head h1 = all -> Dense(3) { loss: mse, weight: 0.9, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random7 {
        input x0: [4];
        input x1: [2];
        input kind: class(4);
        let place = kind -> Embedding(4);
        layer again = Dense(2, silu) -> Dropout(0.2);
        let v0 = (place, x1 -> Dense(4)) -> Average -> BatchNorm -> LayerNorm -> Dense(3, linear, bias = false) -> Dense(5, gelu) -> Dense(2) -> again;
        let v1 = v0 -> BatchNorm -> Dense(3, linear) -> Dense(2) -> again;
        let v2 = (place, v1 -> Dense(2, tanh)) -> Concat -> GaussianNoise(0.1) -> Dense(5, tanh);
        let v3 = v0 -> Dropout(0.1) -> Dropout(0.1) -> Dropout(0.1) -> Dense(2, softplus);
        shared all = (x0, v2, v3) -> Concat -> Dense(6, tanh);
        head h0 = all -> Dense(3, softplus) { loss: poisson, weight: 0.1 }
        head h1 = all -> Dense(1, sigmoid) { loss: binary_cross_entropy, weight: 0.1, labels: partial }
        head h2 = all -> Dense(3, softplus) { loss: poisson, weight: 0.4 }
    }
}

/// Calls a macro with every model.
macro_rules! every_random_model {
    ($macro:ident) => {
        $macro!(Random0);
        $macro!(Random1);
        $macro!(Random2);
        $macro!(Random3);
        $macro!(Random4);
        $macro!(Random5);
        $macro!(Random6);
        $macro!(Random7);
    };
}
pub(crate) use every_random_model;

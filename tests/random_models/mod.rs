//! Random models, written by the test `declared_random_models_are_these` of `mtl-macros`; not by hand.

mtl::multitask! {
    pub struct Random0 {
        input x0: [5];
        input kind: class(3);
        let place = kind -> Embedding(5);
        input picture: [4, 5, 2];
        let seen = picture -> Conv2D(2, sigmoid, kernel = [1, 3], stride = 2, padding = same) -> BatchNorm -> GlobalAveragePool;
        layer again = Dense(3, sigmoid) -> LayerNorm;
        let v0 = x0 -> GaussianNoise(0.1) -> LayerNorm -> Dropout(0.1) -> Dense(2, linear) -> Dense(4) -> again;
        let v1 = seen -> BatchNorm -> Dense(3, sigmoid) -> Dense(4) -> again;
        let v2 = (v0, place -> Dense(3)) -> Average -> LayerNorm -> GaussianNoise(0.1) -> GaussianNoise(0.1) -> Dense(4, sigmoid);
        let v3 = (v1, v2 -> Dense(4, tanh)) -> Concat -> BatchNorm -> Dense(5, gelu, l2 = 0.01) -> LayerNorm -> Dense(3, mish);
        let v4 = (v0, x0 -> Dense(3)) -> Average -> Dense(2, tanh, bias = false) -> LayerNorm -> Dense(2, sigmoid);
        let v5 = (v4, v3 -> Dense(3, tanh)) -> Concat -> BatchNorm -> Dense(5, mish) -> Dense(3, silu);
        shared all = v5 -> Dense(4, tanh);
        head h0 = all -> Dense(2) { loss: log_cosh, weight: 0.1 }
        head h1 = all -> Dense(3, softmax) { loss: categorical_cross_entropy, weight: 0.1, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random1 {
        input x0: [4];
        input x1: [2];
        input x2: [5];
        input picture: [5, 4, 2];
        let seen = picture -> Conv2D(2, gelu, kernel = [1, 2], stride = 2, padding = valid) -> Flatten;
        let v0 = (seen, seen -> Dense(12)) -> Multiply -> Dense(6, mish, bias = false) -> Dense(3, softplus);
        let v1 = x2 -> LayerNorm -> Dense(2, mish);
        let v2 = x1 -> GaussianNoise(0.1) -> Dense(5, gelu);
        shared all = (x0, v0, v1, v2) -> Concat -> Dense(6, tanh);
        head h0 = all -> Dense(3) { loss: mse, weight: 0.9 }
        head h1 = all -> Dense(1, sigmoid) { loss: binary_cross_entropy, weight: 0.7, labels: partial }
        head h2 = all -> Dense(3, softmax) { loss: categorical_cross_entropy, weight: 0.8, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random2 {
        input x0: [3];
        input x1: [4];
        input x2: [4];
        input picture: [5, 4, 2];
        let seen = picture -> Conv2D(2, linear, kernel = [3, 3], stride = 1, padding = same) -> Flatten;
        let v0 = (x2, x0 -> Dense(4)) -> Average -> Dense(6, softplus, bias = false) -> Dense(5, sigmoid, bias = false) -> Dense(2, silu);
        let v1 = v0 -> GaussianNoise(0.1) -> LayerNorm -> Dense(4, mish);
        let v2 = (seen, v1 -> Dense(4, tanh)) -> Concat -> Dropout(0.1) -> Dense(3, silu);
        shared all = (x1, v2) -> Concat -> Dense(5, tanh);
        head h0 = all -> Dense(3, softplus) { loss: poisson, weight: 0.6 }
        head h1 = all -> Dense(1) { loss: log_cosh, weight: 0.9 }
        head h2 = all -> Dense(1) { loss: log_cosh, weight: 0.1 }
    }
}

mtl::multitask! {
    pub struct Random3 {
        input x0: [5];
        input kind: class(4);
        let place = kind -> Embedding(2);
        input picture: [4, 3, 1];
        let seen = picture -> Conv2D(3, tanh, kernel = [3, 1], stride = 2, padding = valid) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        layer again = Dense(4, softplus) -> Dropout(0.2);
        let v0 = (x0, seen -> Dense(5)) -> Add -> BatchNorm -> BatchNorm -> Dense(4, gelu) -> Dense(2, gelu) -> Dense(2) -> again;
        let v1 = (x0, v0 -> Dense(4, tanh)) -> Concat -> GaussianNoise(0.1) -> Dense(4, silu) -> Dense(2) -> again;
        let v2 = (v0, place -> Dense(2, tanh)) -> Concat -> BatchNorm -> GaussianNoise(0.1) -> Dense(5, mish, l2 = 0.01) -> Dense(5, gelu);
        shared all = (v1, v2) -> Concat -> Dense(6, tanh);
        head h0 = all -> Dense(3, softmax) { loss: categorical_cross_entropy, weight: 0.3, labels: partial }
        head h1 = all -> Dense(2, softmax) { loss: categorical_cross_entropy, weight: 0.4, labels: partial }
        head h2 = all -> Dense(2, softplus) { loss: poisson, weight: 0.1 }
    }
}

mtl::multitask! {
    pub struct Random4 {
        input x0: [2];
        input x1: [4];
        layer again = Dense(4, softplus) -> BatchNorm;
        let v0 = (x1, x0 -> Dense(2, tanh)) -> Concat -> LayerNorm -> Dense(5, silu) -> Dense(3) -> again;
        let v1 = x1 -> BatchNorm -> Dense(6, mish) -> Dense(3, sigmoid) -> Dense(3) -> again;
        let v2 = (x0, v0 -> Dense(4, tanh)) -> Concat -> Dense(3, gelu, l2 = 0.01) -> Dense(4, mish);
        let v3 = (v1, v2 -> Dense(4)) -> Add -> GaussianNoise(0.1) -> BatchNorm -> Dense(4, mish);
        let v4 = (v1, x0 -> Dense(4)) -> Multiply -> GaussianNoise(0.1) -> GaussianNoise(0.1) -> Dense(2, softplus);
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
        input picture: [3, 3, 1];
        let seen = picture -> Conv2D(2, silu, kernel = [3, 1], stride = 1, padding = valid) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        let v0 = place -> GaussianNoise(0.1) -> Dense(3, sigmoid);
        let v1 = (v0, x0 -> Dense(3)) -> Average -> Dropout(0.1) -> Dense(5, linear);
        let v2 = (place, seen -> Dense(2, tanh)) -> Concat -> LayerNorm -> LayerNorm -> Dense(5, sigmoid);
        let v3 = v1 -> Dropout(0.1) -> GaussianNoise(0.1) -> Dense(3, softplus);
        let v4 = (v2, v3 -> Dense(5)) -> Add -> LayerNorm -> GaussianNoise(0.1) -> BatchNorm -> Dense(3, mish);
        shared all = v4 -> Dense(3, tanh);
        head h0 = all -> Dense(1) { loss: log_cosh, weight: 0.4, labels: partial }
        head h1 = all -> Dense(4, softmax) { loss: categorical_cross_entropy, weight: 0.6 }
        head h2 = all -> Dense(3, sigmoid) { loss: binary_cross_entropy, weight: 0.1, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random6 {
        input x0: [3];
        input x1: [3];
        input picture: [3, 5, 1];
        let seen = picture -> Conv2D(3, sigmoid, kernel = [2, 3], stride = 1, padding = valid) -> AveragePool2D(2, padding = same) -> GlobalAveragePool;
        let v0 = (seen, seen -> Dense(3)) -> Add -> GaussianNoise(0.1) -> Dense(5, gelu);
        let v1 = (x0, x0 -> Dense(3)) -> Average -> Dropout(0.1) -> Dropout(0.1) -> Dense(2, gelu);
        let v2 = (v1, v0 -> Dense(5, tanh)) -> Concat -> Dense(3, gelu) -> Dense(4, silu, bias = false) -> GaussianNoise(0.1) -> Dense(4, tanh);
        shared all = (x1, v2) -> Concat -> Dense(4, tanh);
        head h0 = all -> Dense(1) { loss: mse, weight: 0.6, labels: partial }
        head h1 = all -> Dense(2, sigmoid) { loss: binary_cross_entropy, weight: 0.9 }
        head h2 = all -> Dense(2) { loss: mse, weight: 0.5, labels: partial }
    }
}

mtl::multitask! {
    pub struct Random7 {
        input x0: [4];
        input x1: [2];
        input kind: class(4);
        let place = kind -> Embedding(4);
        input picture: [4, 3, 1];
        let seen = picture -> Conv2D(3, sigmoid, kernel = [2, 2], stride = 1, padding = valid) -> LayerNorm -> Flatten;
        layer again = Dense(5, sigmoid) -> LayerNorm;
        let v0 = place -> Dropout(0.1) -> Dense(2, gelu, bias = false) -> GaussianNoise(0.1) -> Dense(3, linear) -> Dense(4) -> again;
        let v1 = (x1, x0 -> Dense(4, tanh)) -> Concat -> Dense(2, linear) -> Dropout(0.1) -> Dense(2, silu) -> Dense(4) -> again;
        let v2 = seen -> GaussianNoise(0.1) -> Dense(5, sigmoid);
        shared all = (v0, v1, v2) -> Concat -> Dense(6, tanh);
        head h0 = all -> Dense(1, sigmoid) { loss: binary_cross_entropy, weight: 0.1, labels: partial }
        head h1 = all -> Dense(3, softplus) { loss: poisson, weight: 0.4 }
        head h2 = all -> Dense(2, softplus) { loss: poisson, weight: 0.7 }
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
